import CKernels
import Model

/// In how many clusters, the nearest first, a query finds enough of its neighbours.
package struct ClusterProbes: Hashable, Sendable {
  /// For 10 neighbours, and for 100.
  package var forTen: Int
  package var forHundred: Int

  func atLeast(_ least: Int) -> ClusterProbes {
    let ten = max(forTen, least)
    return ClusterProbes(forTen: ten, forHundred: max(forHundred, ten))
  }

  /// For so many neighbours and `effort` times the usual work.
  func count(neighbours: Int, effort: Float) -> Int {
    let measured =
      neighbours <= 100
      ? Double(forTen)
        + Double(forHundred - forTen) * (Double(max(neighbours - 10, 0)) / 90).squareRoot()
      : Double(forHundred) * Double(neighbours) / 100
    let probes = measured * Double(max(effort, 0))
    return probes < 1e9 ? max(Int(probes), 1) : 1_000_000_000
  }

  /// Each row stands in two clusters: with half of these the codes of nearly all rows are looked at.
  func isWorthIt(among clusters: Int) -> Bool { forTen <= clusters / 3 }
}

/// Measures how many of the nearest clusters hold the nearest rows, with some of the vectors as queries. They are moved
/// away from where they are by as much as they are away from the centre: other vectors' queries are harder than
/// their own.
struct Calibration<Rows: VectorRows> {
  let vectors: Rows
  let basis: CodeBasis
  let distance: Distance
  let cells: VectorList
  let members: ClusterMembers

  private static var queriesMax: Int { 64 }
  private static var neighbours: Int { 100 }
  private static var rowsAtOnce: Int { 512 }
  private static var productsPerRank: Int { 1024 }
  /// So many of the neighbours are to be found.
  private static var share: Double { 0.995 }

  func run(_ random: inout SplitMix64) async throws(CancellationError) -> ClusterProbes {
    let queries = queries(&random)
    let nearest = try await nearest(to: queries)
    var (ten, hundred): ([Int], [Int]) = ([], [])
    var dots = [Float](repeating: 0, count: cells.count)
    var pace = Pace()
    for query in 0..<queries.count {
      queries.withVector(query) { vector in
        dots.withUnsafeMutableBufferPointer { cells.dots(vector, 0..<cells.count, into: $0) }
      }
      let scores = (0..<cells.count).map { score(dots[$0], cells.squares[$0]) }
      var ranks = [Int](repeating: 0, count: cells.count)
      for (rank, cell) in scores.indices.sorted(by: { scores[$0] < scores[$1] }).enumerated() {
        ranks[cell] = rank + 1
      }
      for (place, row) in nearest[query].enumerated() {
        let (first, second) = members[Int(row)]
        let rank = min(ranks[Int(first)], ranks[Int(second)])
        if place < 10 { ten.append(rank) }
        hundred.append(rank)
      }
      // Ranking takes longer than the products.
      try await pace.step(cells.count * (cells.dimension + Self.productsPerRank))
    }
    return ClusterProbes(forTen: enough(ten), forHundred: enough(hundred))
  }

  private func enough(_ ranks: [Int]) -> Int {
    let sorted = ranks.sorted()
    guard !sorted.isEmpty else { return 1 }
    return sorted[min(Int(Self.share * Double(sorted.count)), sorted.count - 1)]
  }

  /// Ascending from the nearest: the squared distance, or the negative product, up to what is the same for all.
  private func score(_ dot: Float, _ square: Float) -> Float {
    distance == .innerProduct ? -dot : square - 2 * dot
  }

  private func queries(_ random: inout SplitMix64) -> VectorList {
    var list = VectorList(dimension: basis.dimension)
    var vector = [Float](repeating: 0, count: basis.dimension)
    for row in random.distinct(Self.queriesMax, below: vectors.count) {
      _ = vectors.withVector(row) { basis.centred($0, into: &vector) }
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let noise = vector.map { _ in random.nextNormal() }
      let noiseLength = noise.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard noiseLength > 0, length > 0 else { continue }
      for i in vector.indices { vector[i] += noise[i] * (length / noiseLength) }
      if basis.isUnit { lengthen(&vector) }
      if distance == .innerProduct { for i in vector.indices { vector[i] += basis.centre[i] } }
      list.append(vector)
    }
    return list
  }

  /// To a unit vector, less the centre.
  private func lengthen(_ vector: inout [Float]) {
    for i in vector.indices { vector[i] += basis.centre[i] }
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard length > 0 else { return }
    for i in vector.indices { vector[i] = vector[i] / length - basis.centre[i] }
  }

  /// Per query the nearest rows, ascending.
  private func nearest(to queries: VectorList) async throws(CancellationError) -> [[UInt32]] {
    guard queries.count > 0 else { return [] }
    var lists = [ShortList](
      repeating: ShortList(capacity: Self.neighbours), count: queries.count)
    var dots = [Float](repeating: 0, count: Self.rowsAtOnce * queries.count)
    var vector = [Float](repeating: 0, count: basis.dimension)
    var pace = Pace()
    for start in stride(from: 0, to: vectors.count, by: Self.rowsAtOnce) {
      let range = start..<min(start + Self.rowsAtOnce, vectors.count)
      var rows = VectorList(dimension: basis.dimension, reserving: range.count)
      for row in range {
        _ = vectors.withVector(row) { basis.centred($0, into: &vector) }
        rows.append(vector)
      }
      queries.components.withUnsafeBufferPointer { queries in
        dots.withUnsafeMutableBufferPointer { rows.dots(queries, 0..<rows.count, into: $0) }
      }
      for query in 0..<queries.count {
        for i in 0..<rows.count {
          lists[query].offer(
            UInt32(start + i), score(dots[query * rows.count + i], rows.squares[i]))
        }
      }
      try await pace.step(range.count * queries.count * basis.dimension)
    }
    return lists.map { $0.items.map(\.index) }
  }
}
