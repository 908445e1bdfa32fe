/// A store over another one, to which goes whatever it does not do itself.
package protocol ForwardingStore: ObjectStore {
  var base: any ObjectStore { get }
}

extension ForwardingStore {
  package func get(
    _ key: String, range: ByteRange?
  ) async throws(ObjectStoreError) -> GetAnswer {
    try await base.get(key, range: range)
  }

  package func create(
    _ key: String, _ body: [UInt8]
  ) async throws(ObjectStoreError) -> CreateAnswer {
    try await base.create(key, body)
  }

  package func put(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> StoreTime? {
    try await base.put(key, body)
  }

  package func list(
    prefix: String, startAfter: String?, maxKeys: Int
  ) async throws(ObjectStoreError) -> ListAnswer {
    try await base.list(prefix: prefix, startAfter: startAfter, maxKeys: maxKeys)
  }

  package func delete(_ key: String) async throws(ObjectStoreError) -> StoreTime? {
    try await base.delete(key)
  }

  package func delete(_ keys: [String]) async throws(ObjectStoreError) -> StoreTime? {
    try await base.delete(keys)
  }

  package func listUploads(prefix: String) async throws(ObjectStoreError) -> UploadList {
    try await base.listUploads(prefix: prefix)
  }

  package func abortUpload(_ key: String, id: String) async throws(ObjectStoreError) {
    try await base.abortUpload(key, id: id)
  }
}
