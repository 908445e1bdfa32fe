import Crypto
import FoundationEssentials
import NIOHTTP1
package import ObjectStore

extension S3Store {
  package func delete(_ keys: [String]) async throws(ObjectStoreError) -> StoreTime? {
    guard !keys.isEmpty else { return nil }
    var request = request("delete of \(keys.count) keys", .POST, key: nil, changes: true)
    guard keys.count <= 1000 else {
      throw failure(request, .invalidRequest, "at most 1,000 keys at a time", applied: false)
    }
    var xml = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>"
    for key in keys { xml += "<Object><Key>\(XMLText.escaped(key))</Key></Object>" }
    xml += "</Delete>"
    let body = Array(xml.utf8)
    request.query = [("delete", "")]
    // S3 wants one checksum or the other; servers older than its newer checksums know only MD5.
    request.headers = [
      ("content-type", "application/xml"), ("content-md5", Self.md5(body)),
    ]
    request.body = body[...]
    let answer = try await succeeding(request)
    guard let root = try? XMLElement(parsing: answer.body), root.name == "DeleteResult" else {
      throw failure(request, answer)
    }
    let errors = root.all("Error").filter { $0["Code"]?.text != "NoSuchKey" }
    guard let first = errors.first else { return answer.date }
    throw refusal(request, answer, first, count: errors.count)
  }

  private func refusal(
    _ request: S3Request, _ answer: S3Answer, _ error: XMLElement, count: Int
  ) -> ObjectStoreError {
    let storeCode = error["Code"]?.text ?? ""
    // For a single key there is no status; without a known code the store failed.
    let code = Self.code(status: 500, storeCode: storeCode)
    return failure(
      request, code,
      "\(storeCode): \(error["Message"]?.text ?? "") for '\(error["Key"]?.text ?? "")' "
        + "(\(count) keys refused)", applied: true, storeCode: storeCode,
      requestID: answer.header("x-amz-request-id"))
  }

  private static func md5(_ body: [UInt8]) -> String {
    var hash = Insecure.MD5()
    body.withUnsafeBytes { hash.update(bufferPointer: $0) }
    return Data(hash.finalize()).base64EncodedString()
  }
}
