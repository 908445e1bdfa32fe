import FoundationEssentials
import Model
import Testing
import VectorIndex

/// Random inputs that are the same for the same seed.
struct Samples {
  let random: SeededRandomSource

  /// Takes the seed from APUS_SEED where it is set, and prints it.
  init(_ test: String = #function) {
    let seed =
      ProcessInfo.processInfo.environment["APUS_SEED"].flatMap { UInt64($0) }
      ?? SystemRandomSource().next()
    print("\(test): APUS_SEED=\(seed)")
    random = SeededRandomSource(seed: seed)
  }

  func int(below bound: Int) -> Int { Int(random.next(below: UInt64(bound))) }

  /// Components between -1 and 1, times `scale`.
  func vector(_ dimension: Int, scale: Float = 1) -> [Float] {
    (0..<dimension).map { _ in Float(random.nextUnit() * 2 - 1) * scale }
  }

  func vectors(_ count: Int, dimension: Int) -> [[Float]] {
    (0..<count).map { _ in vector(dimension) }
  }

  /// Each row below `count` with this probability.
  func rowSet(count: Int, density: Double) -> RowSet {
    var rows = RowSet(count: count, filledWith: false)
    for row in 0..<count where random.nextUnit() < density { rows[row] = true }
    return rows
  }
}

/// A column of these rows.
func column(_ vectors: [[Float]], dimension: Int) -> VectorColumn {
  var column = VectorColumn(dimension: dimension)
  for vector in vectors { column.append(vector) }
  return column
}

/// Distances in f64, straight from their definition.
enum Reference {
  static func distance(_ a: [Float], _ b: [Float], _ distance: Distance) -> Double {
    let dot = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    switch distance {
    case .l2:
      return zip(a, b).reduce(0.0) { sum, pair in
        let difference = Double(pair.0) - Double(pair.1)
        return sum + difference * difference
      }
    case .innerProduct:
      return 1 - dot
    case .cosine:
      return 1 - dot / ((norm(a) + 1e-32) * (norm(b) + 1e-32))
    }
  }

  static func norm(_ a: [Float]) -> Double {
    a.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  /// How far off f32 sums may be: 1e-5 of the sum of the absolute values of the terms, and the final 1 - x.
  static func bound(_ a: [Float], _ b: [Float], _ distance: Distance) -> Double {
    switch distance {
    case .l2: 1e-5 * Reference.distance(a, b, .l2) + 1e-37
    case .innerProduct:
      1e-5 * (1 + zip(a, b).reduce(0.0) { $0 + abs(Double($1.0) * Double($1.1)) })
    case .cosine: 1e-5
    }
  }
}

extension Distance {
  static let all: [Distance] = [.l2, .cosine, .innerProduct]
}
