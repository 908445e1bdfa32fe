/// A metadata key with one of the types that its values had.
package struct ObservedKey: Hashable, Sendable, Comparable {
  package let key: Text
  package let type: MetadataType

  package init(key: Text, type: MetadataType) {
    self.key = key
    self.type = type
  }

  package static func < (a: ObservedKey, b: ObservedKey) -> Bool {
    a.key == b.key ? a.type < b.type : a.key < b.key
  }
}
