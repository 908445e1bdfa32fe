import NIOHTTP1
import ObjectStore

extension S3Store {
  /// Puts a large body in parts, several at a time. On failure the parts are given up; those of a task that
  /// was cancelled, and of a process that ended, stay until the bucket's rule for incomplete uploads.
  func putInParts(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> StoreTime? {
    var start = request("start of parts", .POST, key: key, changes: false)
    start.query = [("uploads", "")]
    start.headers = [("content-type", "application/octet-stream")]
    let started = try await succeeding(start)
    let root = try? XMLElement(parsing: started.body)
    guard let upload = root?["UploadId"]?.text, !upload.isEmpty else {
      throw damaged(start, started, "the answer has no UploadId")
    }
    do {
      let tags = try await sendParts(key, body, upload: upload)
      return try await complete(key, upload: upload, tags: tags)
    } catch {
      var abort = request("abort of parts", .DELETE, key: key, changes: true)
      abort.query = [("uploadId", upload)]
      // What failed first is what matters.
      _ = try? await send(abort)
      throw error
    }
  }

  /// The ETags of the parts, in their order.
  private func sendParts(
    _ key: String, _ body: [UInt8], upload: String
  ) async throws(ObjectStoreError) -> [String] {
    typealias Part = (number: Int, result: Result<String, ObjectStoreError>)
    let partBytes = max(1, configuration.limits.partBytes)
    let count = (body.count + partBytes - 1) / partBytes
    let result = await withTaskGroup(of: Part.self) { group -> Result<[String], ObjectStoreError> in
      func add(_ number: Int) {
        let start = number * partBytes
        let part = body[start..<min(start + partBytes, body.count)]
        group.addTask {
          do throws(ObjectStoreError) {
            let tag = try await self.sendPart(key, part, number: number + 1, upload: upload)
            return (number, .success(tag))
          } catch {
            return (number, .failure(error))
          }
        }
      }
      var tags = [String](repeating: "", count: count)
      var next = min(count, max(1, configuration.limits.concurrentPartsMax))
      for number in 0..<next { add(number) }
      while let part = await group.next() {
        switch part.result {
        case .success(let tag): tags[part.number] = tag
        case .failure(let error):
          group.cancelAll()
          return .failure(error)
        }
        if next < count {
          add(next)
          next += 1
        }
      }
      return .success(tags)
    }
    return try result.get()
  }

  private func sendPart(
    _ key: String, _ part: ArraySlice<UInt8>, number: Int, upload: String
  ) async throws(ObjectStoreError) -> String {
    // Parts are invisible until the upload is complete: the object cannot have changed.
    var request = request("part \(number)", .PUT, key: key, changes: false)
    request.query = [("partNumber", "\(number)"), ("uploadId", upload)]
    request.body = part
    let answer = try await succeeding(request)
    guard let tag = answer.header("etag"), !tag.isEmpty else {
      throw damaged(request, answer, "the answer has no ETag")
    }
    return tag
  }

  private func complete(
    _ key: String, upload: String, tags: [String]
  ) async throws(ObjectStoreError) -> StoreTime? {
    var request = request("end of parts", .POST, key: key, changes: true)
    request.query = [("uploadId", upload)]
    request.headers = [("content-type", "application/xml")]
    var xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
    for (index, tag) in tags.enumerated() {
      xml +=
        "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(XMLText.escaped(tag))</ETag></Part>"
    }
    xml += "</CompleteMultipartUpload>"
    request.body = Array(xml.utf8)[...]
    let answer = try await succeeding(request)
    // S3 may begin its answer with 200 and then say that it failed.
    guard let root = try? XMLElement(parsing: answer.body) else {
      throw damaged(request, answer, "the answer is no xml")
    }
    guard root.name == "CompleteMultipartUploadResult" else { throw failure(request, answer) }
    return answer.date
  }
}
