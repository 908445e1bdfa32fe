import Model
import ObjectStore

/// Reads parts of a segment's object, from the bucket if they are not among what an earlier process left, and checks
/// every block that it uses.
struct ColdReader: Sendable {
  let store: any ObjectStore
  let key: String
  /// CRC32C of each block of the bytes before `size`.
  let blocks: [UInt32]
  /// Bytes of the cold part, which begins with the object.
  let size: Int
  /// What an earlier process left of these bytes on this machine, if anything.
  let leftover: LeftoverBytes?

  /// Largest part that is fetched by one request.
  let requestBytesMax: Int
  /// Neighbouring parts with a smaller gap come by one request.
  static let gapBytesMax = 256 << 10

  /// The bytes of a range.
  func read(_ range: Range<Int>) async throws(SegmentError) -> ArraySlice<UInt8> {
    let block = SegmentFormat.blockBytes
    let start = range.lowerBound / block * block
    let end = min((range.upperBound + block - 1) / block * block, size)
    guard range.lowerBound >= 0, range.upperBound <= size else {
      throw .damaged(key: key, reason: "bytes \(range) are beyond its \(size)")
    }
    guard start < end else { return [] }
    if let bytes = leftover?.read(start..<end) {
      return bytes[range.lowerBound - start..<range.upperBound - start]
    }
    let answer: GetAnswer
    do throws(ObjectStoreError) {
      answer = try await store.get(key, range: .from(offset: start, count: end - start))
    } catch {
      throw .store(error)
    }
    guard case .found(let object) = answer else { throw .missing(key: key) }
    guard object.body.count == end - start else {
      throw .damaged(key: key, reason: "is cut short before byte \(end)")
    }
    try check(object.body, from: start)
    return object.body[range.lowerBound - start..<range.upperBound - start]
  }

  /// Checks whole blocks that begin at `start` in the object.
  private func check(_ bytes: [UInt8], from start: Int) throws(SegmentError) {
    let found = bytes.withUnsafeBytes { SegmentFooter.checksums(of: $0) }
    let first = start / SegmentFormat.blockBytes
    for (index, checksum) in found.enumerated() where blocks[first + index] != checksum {
      throw .damaged(
        key: key,
        reason: "the checksum of its block \(first + index) does not match")
    }
  }

  /// Reads many small ranges, ascending, with as few requests as is sensible, several at a time.
  /// - Returns: The bytes of each.
  func read(_ ranges: [Range<Int>]) async throws(SegmentError) -> [ArraySlice<UInt8>] {
    var requests: [(whole: Range<Int>, parts: Range<Int>)] = []
    for (index, range) in ranges.enumerated() {
      if let last = requests.last, range.lowerBound - last.whole.upperBound < Self.gapBytesMax,
        range.upperBound - last.whole.lowerBound <= requestBytesMax
      {
        requests[requests.count - 1].whole =
          last.whole.lowerBound..<max(range.upperBound, last.whole.upperBound)
        requests[requests.count - 1].parts = last.parts.lowerBound..<index + 1
      } else {
        requests.append((range, index..<index + 1))
      }
    }
    let results = try await read(separately: requests.map(\.whole))
    var found: [ArraySlice<UInt8>] = []
    for (index, request) in requests.enumerated() {
      let bytes = results[index]
      for range in ranges[request.parts] {
        let start = bytes.startIndex + range.lowerBound - request.whole.lowerBound
        found.append(bytes[start..<start + range.count])
      }
    }
    return found
  }

  /// The bytes of a large range, by requests of `partBytes` that come in parallel.
  func read(_ range: Range<Int>, inPartsOf partBytes: Int) async throws(SegmentError) -> [UInt8] {
    let parts = stride(from: range.lowerBound, to: range.upperBound, by: partBytes).map {
      $0..<min($0 + partBytes, range.upperBound)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    for part in try await read(separately: parts) { bytes.append(contentsOf: part) }
    return bytes
  }

  /// Reads ranges by one request each, several at a time.
  func read(separately ranges: [Range<Int>]) async throws(SegmentError) -> [ArraySlice<UInt8>] {
    let results = await withTaskGroup(
      of: (Int, Result<ArraySlice<UInt8>, SegmentError>).self
    ) { group in
      var results: [Int: Result<ArraySlice<UInt8>, SegmentError>] = [:]
      for (index, range) in ranges.enumerated() {
        if index >= Self.requestsAtOnceMax, let (done, result) = await group.next() {
          results[done] = result
        }
        group.addTask { (index, await self.result(of: range)) }
      }
      for await (done, result) in group { results[done] = result }
      return results
    }
    var found: [ArraySlice<UInt8>] = []
    for index in ranges.indices {
      guard let bytes = try results[index]?.get() else { throw .cancelled }
      found.append(bytes)
    }
    return found
  }

  private static let requestsAtOnceMax = 16

  private func result(of range: Range<Int>) async -> Result<ArraySlice<UInt8>, SegmentError> {
    do throws(SegmentError) {
      return .success(try await read(range))
    } catch {
      return .failure(error)
    }
  }
}
