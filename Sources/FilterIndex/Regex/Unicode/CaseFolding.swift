/// Simple case folding: code points that differ by case only, one for one (CaseFolding.txt, C and S).
struct CaseFolding: Sendable {
  private static let shared = CaseFolding()

  /// All code points that have another case, sorted, and for each the place of its orbit in `orbits`.
  private var members: [(scalar: UInt32, orbit: Int)] = []
  private var orbits: [[UInt32]] = []

  private init() {
    var numbers = PackedNumbers(UnicodeTables.caseOrbits)
    var first: UInt32 = 0
    while let distance = numbers.next(), let more = numbers.next() {
      first += distance
      var orbit = [first]
      for _ in 0...more { orbit.append((orbit.last ?? first) + (numbers.next() ?? 0)) }
      for scalar in orbit { members.append((scalar, orbits.count)) }
      orbits.append(orbit)
    }
    members.sort { $0.scalar < $1.scalar }
  }

  /// The set together with every code point that equals one of its members but for case.
  static func closure(of set: CodePointSet) -> CodePointSet {
    var added: [ClosedRange<UInt32>] = []
    for range in set.ranges {
      var at = shared.position(of: range.lowerBound)
      while at < shared.members.count, shared.members[at].scalar <= range.upperBound {
        added += shared.orbits[shared.members[at].orbit].map { $0...$0 }
        at += 1
      }
    }
    return added.isEmpty ? set : CodePointSet(set.ranges + added)
  }

  /// The same for ASCII letters only.
  static func asciiClosure(of set: CodePointSet) -> CodePointSet {
    var added: [ClosedRange<UInt32>] = []
    for (letters, distance) in [(UInt32(0x41)...0x5a, Int32(32)), (0x61...0x7a, -32)] {
      for range in set.intersection(CodePointSet([letters])).ranges {
        added.append(
          UInt32(Int32(range.lowerBound) + distance)...UInt32(Int32(range.upperBound) + distance))
      }
    }
    return CodePointSet(set.ranges + added)
  }

  private func position(of scalar: UInt32) -> Int {
    var low = 0
    var high = members.count
    while low < high {
      let middle = (low + high) / 2
      if members[middle].scalar < scalar { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
