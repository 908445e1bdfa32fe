/// A set of code points, as sorted ranges that neither overlap nor touch.
struct CodePointSet: Hashable, Sendable {
  /// The last code point there is. Surrogates may be in a set; no text has them.
  static let last: UInt32 = 0x10ffff

  static let all = CodePointSet(ranges: [0...last])
  static let ascii = CodePointSet(ranges: [0...0x7f])

  private(set) var ranges: [ClosedRange<UInt32>]

  init() { ranges = [] }

  init(_ scalar: UInt32) { ranges = [scalar...scalar] }

  /// Takes ranges in any order.
  init(_ ranges: [ClosedRange<UInt32>]) { self.ranges = Self.normalized(ranges) }

  private init(ranges: [ClosedRange<UInt32>]) { self.ranges = ranges }

  var isEmpty: Bool { ranges.isEmpty }

  /// The only member, if there is exactly one.
  var single: UInt32? {
    guard ranges.count == 1, let range = ranges.first, range.count == 1 else { return nil }
    return range.lowerBound
  }

  func contains(_ scalar: UInt32) -> Bool {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].lowerBound <= scalar
  }

  func isSubset(ofFirst count: UInt32) -> Bool {
    ranges.last.map { $0.upperBound < count } ?? true
  }

  func union(_ other: CodePointSet) -> CodePointSet {
    if other.isEmpty { return self }
    return isEmpty ? other : CodePointSet(ranges + other.ranges)
  }

  /// The code points up to `last` that are not in the set.
  func complement(last: UInt32 = CodePointSet.last) -> CodePointSet {
    var out: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      guard range.lowerBound <= last else { break }
      if range.lowerBound > next { out.append(next...(range.lowerBound - 1)) }
      next = range.upperBound + 1
    }
    if next <= last { out.append(next...last) }
    return CodePointSet(ranges: out)
  }

  func intersection(_ other: CodePointSet) -> CodePointSet {
    var out: [ClosedRange<UInt32>] = []
    var a = 0
    var b = 0
    while a < ranges.count && b < other.ranges.count {
      let low = max(ranges[a].lowerBound, other.ranges[b].lowerBound)
      let high = min(ranges[a].upperBound, other.ranges[b].upperBound)
      if low <= high { out.append(low...high) }
      if ranges[a].upperBound < other.ranges[b].upperBound { a += 1 } else { b += 1 }
    }
    return CodePointSet(ranges: out)
  }

  func subtracting(_ other: CodePointSet) -> CodePointSet { intersection(other.complement()) }

  func symmetricDifference(_ other: CodePointSet) -> CodePointSet {
    union(other).subtracting(intersection(other))
  }

  private static func normalized(
    _ ranges: [ClosedRange<UInt32>]
  ) -> [ClosedRange<UInt32>] {
    var out: [ClosedRange<UInt32>] = []
    out.reserveCapacity(ranges.count)
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = out.last, range.lowerBound <= last.upperBound &+ 1 {
        out[out.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        out.append(range)
      }
    }
    return out
  }
}
