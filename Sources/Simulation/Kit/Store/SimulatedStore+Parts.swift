import Model
package import ObjectStore

/// As a store on S3 does it: begin, one request for each part, end. A sender that dies between leaves the parts
/// behind.
extension SimulatedStore {
  func putInParts(_ key: Text, _ body: [UInt8]) async throws(ObjectStoreError) -> StoreTime? {
    guard case .upload(let id) = try await send(.beginUpload(key)).get() else {
      preconditionFailure("the begin of an upload was answered with something else")
    }
    do throws(ObjectStoreError) {
      let starts = stride(from: 0, to: body.count, by: bucket.partBytes)
      for (number, start) in starts.enumerated() {
        let part = Array(body[start..<min(start + bucket.partBytes, body.count)])
        _ = try await sendForDate(.part(key, upload: id, number: number, part))
      }
      return try await sendForDate(.endUpload(key, upload: id))
    } catch {
      _ = await send(.abortUpload(key, upload: id))
      throw error
    }
  }

  package func listUploads(prefix: String) async throws(ObjectStoreError) -> UploadList {
    // A store without parts has none.
    guard bucket.partBytes < .max else {
      return UploadList(items: [], isTruncated: false, date: nil)
    }
    switch try await send(.listUploads(prefix: Text(prefix))).get() {
    case .uploads(let list): return list
    default: preconditionFailure("a list of uploads was answered with something else")
    }
  }

  package func abortUpload(_ key: String, id: String) async throws(ObjectStoreError) {
    _ = try await sendForDate(.abortUpload(Text(key), upload: id))
  }
}
