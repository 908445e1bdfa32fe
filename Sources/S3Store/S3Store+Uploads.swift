import NIOHTTP1
package import ObjectStore

extension S3Store {
  /// Some servers, MinIO among them, list nothing unless the prefix is a whole key; those have a limit of their
  /// own for how long such an upload stays.
  package func listUploads(prefix: String) async throws(ObjectStoreError) -> UploadList {
    var request = request("list of uploads", .GET, key: nil, changes: false)
    request.query = [
      ("uploads", ""), ("encoding-type", "url"), ("max-uploads", "1000"), ("prefix", prefix),
    ]
    let answer = try await succeeding(request)
    do {
      let list = try Self.uploadList(XMLElement(parsing: answer.body), date: answer.date)
      // The prefix is what keeps this server's hands off others' uploads.
      return UploadList(
        items: list.items.filter { $0.key.utf8.starts(with: prefix.utf8) },
        isTruncated: list.isTruncated, date: list.date)
    } catch {
      throw damaged(request, answer, "the list of uploads is not understood: \(error)")
    }
  }

  package func abortUpload(_ key: String, id: String) async throws(ObjectStoreError) {
    var request = request("abort of parts", .DELETE, key: key, changes: true)
    // Without it this would delete the object.
    guard !id.isEmpty else {
      throw failure(request, .invalidRequest, "the upload has no id", applied: false)
    }
    request.query = [("uploadId", id)]
    let answer = try await send(request)
    switch answer.status {
    case 200..<300: return
    case 404 where S3ErrorBody(answer).code == "NoSuchUpload": return
    default: throw failure(request, answer)
    }
  }

  static func uploadList(_ root: XMLElement, date: StoreTime?) throws(XMLError) -> UploadList {
    guard root.name == "ListMultipartUploadsResult" else {
      throw XMLError(description: "its root is \(root.name)")
    }
    let isEncoded = root["EncodingType"]?.text == "url"
    let isTruncated: Bool
    switch root["IsTruncated"]?.text.lowercased() {
    case "true": isTruncated = true
    case "false": isTruncated = false
    default: throw XMLError(description: "it has no IsTruncated")
    }
    var items: [UploadList.Item] = []
    for upload in root.children where upload.name == "Upload" {
      guard let text = upload["Key"]?.text, let id = upload["UploadId"]?.text, !id.isEmpty,
        let key = isEncoded ? PercentEncoding.decode(text) : text, !key.isEmpty
      else { throw XMLError(description: "upload \(items.count) has no valid Key and UploadId") }
      items.append(
        UploadList.Item(
          key: key, id: id,
          initiated: (upload["Initiated"]?.text).flatMap(DateParser.iso8601)))
    }
    return UploadList(items: items, isTruncated: isTruncated, date: date)
  }
}
