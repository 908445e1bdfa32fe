import ObjectStore
import Synchronization

/// A store with uploads in parts that began so many seconds ago; lists two at a time.
final class UploadingStore: ForwardingStore {
  let base: any ObjectStore
  private let date: StoreTime
  private let uploads: Mutex<[UploadList.Item]>

  init(_ base: MemoryStore, date: StoreTime, ages: [Int64?]) {
    self.base = base
    self.date = date
    uploads = Mutex(
      ages.enumerated().map { index, age in
        UploadList.Item(
          key: "p/collections/x/segments/\(index)", id: "upload-\(index)",
          initiated: age.map { date.advanced(by: .seconds(-$0)) })
      })
  }

  var remaining: [String] { uploads.withLock { $0.map(\.id) } }

  func listUploads(prefix: String) async throws(ObjectStoreError) -> UploadList {
    uploads.withLock { uploads in
      UploadList(
        items: Array(uploads.prefix(2)), isTruncated: uploads.count > 2, date: date)
    }
  }

  func abortUpload(_ key: String, id: String) async throws(ObjectStoreError) {
    uploads.withLock { $0.removeAll { $0.key == key && $0.id == id } }
  }
}
