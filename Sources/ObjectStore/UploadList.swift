/// Uploads that were begun and neither ended nor given up, in no particular order.
package struct UploadList: Sendable {
  package struct Item: Sendable, Hashable {
    /// The key that the object was to have; empty where the store does not know.
    package let key: String
    /// The store's own name of the upload.
    package let id: String
    /// When it was begun; nil where the store does not tell.
    package let initiated: StoreTime?

    package init(key: String, id: String, initiated: StoreTime?) {
      self.key = key
      self.id = id
      self.initiated = initiated
    }
  }

  package let items: [Item]
  /// True if there are more; they are listed once these are given up.
  package let isTruncated: Bool
  package let date: StoreTime?

  package init(items: [Item], isTruncated: Bool, date: StoreTime?) {
    self.items = items
    self.isTruncated = isTruncated
    self.date = date
  }
}
