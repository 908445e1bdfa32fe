import FoundationEssentials
import NIOHTTP1
package import ObjectStore

extension S3Store {
  package func get(
    _ key: String, range: ByteRange?
  ) async throws(ObjectStoreError) -> GetAnswer {
    var request = request("get", .GET, key: key, changes: false)
    request.answerBytesMax = configuration.limits.objectBytesMax
    if let range {
      request.headers = [("range", try header(for: range, of: request))]
    } else {
      request.headers = [("x-amz-checksum-mode", "ENABLED")]
    }
    let answer = try await send(request)
    switch answer.status {
    case 200:
      return .found(try whole(request, answer, range: range))
    case 206:
      guard let range else { throw damaged(request, answer, "a part (206) without asking for one") }
      return .found(try part(request, answer, range: range))
    case 416 where range != nil:
      return try await beyondEnd(request, answer)
    case 404 where S3ErrorBody(answer).code == "NoSuchKey":
      return .notFound(date: answer.date)
    default:
      throw failure(request, answer)
    }
  }

  private func header(
    for range: ByteRange, of request: S3Request
  ) throws(ObjectStoreError) -> String {
    switch range {
    case .from(let offset, let count) where offset >= 0 && count > 0:
      let (last, overflows) = offset.addingReportingOverflow(count - 1)
      return "bytes=\(offset)-\(overflows ? Int.max : last)"
    case .last(let count) where count >= 0:
      return "bytes=-\(count)"
    default:
      throw failure(request, .invalidRequest, "\(range) is no range", applied: false)
    }
  }

  /// A whole object, of which `range` is cut out: there are servers that ignore ranges.
  private func whole(
    _ request: S3Request, _ answer: S3Answer, range: ByteRange?
  ) throws(ObjectStoreError) -> StoredObject {
    let body = answer.body
    let chunked = answer.header("transfer-encoding") != nil
    guard chunked || answer.header("content-length") != nil else {
      throw damaged(request, answer, "the answer does not say how long the object is")
    }
    if let sent = answer.header("x-amz-checksum-crc32c"), !sent.contains("-") {
      // With a hyphen it is the checksum of the parts' checksums.
      let found = Self.base64(CRC32C.checksum(body))
      guard sent == found else {
        throw damaged(request, answer, "the body's checksum is \(found), the store's is \(sent)")
      }
    }
    var slice = body[...]
    switch range {
    case .from(let offset, let count): slice = body.dropFirst(offset).prefix(count)
    case .last(let count): slice = body.suffix(count)
    case nil: return object(body, size: body.count, answer)
    }
    return object(Array(slice), size: body.count, answer)
  }

  private func part(
    _ request: S3Request, _ answer: S3Answer, range: ByteRange
  ) throws(ObjectStoreError) -> StoredObject {
    let text = answer.header("content-range") ?? ""
    guard let got = ContentRange(text), let size = got.size, let bytes = got.bytes else {
      throw damaged(request, answer, "the answer's content-range '\(text)' is not understood")
    }
    let expected =
      switch range {
      case .from(let offset, let count): offset..<(offset + min(count, max(0, size - offset)))
      case .last(let count): max(0, size - count)..<size
      }
    guard bytes == expected, answer.body.count == bytes.count else {
      throw damaged(
        request, answer,
        "\(answer.body.count) bytes with content-range '\(text)' are not \(range)")
    }
    return object(answer.body, size: size, answer)
  }

  /// An empty body; where the store does not tell the object's size it is asked for.
  private func beyondEnd(
    _ request: S3Request, _ answer: S3Answer
  ) async throws(ObjectStoreError) -> GetAnswer {
    let range = answer.header("content-range").flatMap(ContentRange.init)
    if let size = range?.size ?? S3ErrorBody(answer).size {
      return .found(object([], size: size, answer))
    }
    let head = self.request("head", .HEAD, key: request.key, changes: false)
    let headAnswer = try await send(head)
    guard headAnswer.status == 200, let length = headAnswer.header("content-length"),
      let size = Int(length), size >= 0
    else { throw failure(head, headAnswer) }
    return .found(object([], size: size, headAnswer))
  }

  private func object(_ body: [UInt8], size: Int, _ answer: S3Answer) -> StoredObject {
    StoredObject(body: body, size: size, lastModified: answer.lastModified, date: answer.date)
  }

  /// A checksum as S3 writes it: its bytes from the highest on, in Base64.
  static func base64(_ checksum: UInt32) -> String {
    withUnsafeBytes(of: checksum.bigEndian) { Data($0) }.base64EncodedString()
  }
}

/// The value of `Content-Range`: `bytes 0-99/1234`, or `bytes */1234` with status 416.
struct ContentRange {
  /// Nil for `*`.
  let bytes: Range<Int>?
  /// Nil for `*`.
  let size: Int?

  init?(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
    let halves = words[1].split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count == 2 else { return nil }
    let size = Int(halves[1])
    guard size.map({ $0 >= 0 }) ?? (halves[1] == "*") else { return nil }
    self.size = size
    if halves[0] == "*" {
      bytes = nil
      return
    }
    // Of an empty object some servers say `bytes 0--1/0`.
    let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first >= 0,
      last >= first - 1, last < size ?? Int.max
    else { return nil }
    bytes = first..<(last + 1)
  }
}
