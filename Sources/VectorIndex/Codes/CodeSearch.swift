package import Model

/// A row that may be one of a query's nearest, as far as its codes tell.
package struct CodeCandidate: Hashable, Sendable {
  /// Which of the searched places, as the searcher numbered it.
  package let part: Int
  package let row: Int
  /// With near certainty the distance is not less.
  let lowerBound: Float
}

/// A search by codes under way, over any number of places: it leaves few rows to be looked at exactly.
///
/// The coarse codes give each row's distance with a known standard deviation (RaBitQ, Gao and Long, SIGMOD 2024);
/// rows that are more than `deviations` of them too far away are left out. Of the others the fine codes give the
/// distance a hundred times better, and with it the bound that the next rows must meet.
package struct CodeSearch: Sendable {
  /// With this many standard deviations, about 9.99 of the 10 nearest neighbours are found.
  package static let deviationsDefault: Float = 2.5

  /// The standard deviations for a search that may take `effort` times as long as usual, as far as more help: 2
  /// find 9.98 of the 10 nearest, and with less hardly any time is saved; 4 miss none that can be told.
  package static func deviations(effort: Float) -> Float {
    guard effort >= 1 else { return 2 + (deviationsDefault - 2) * (effort > 0 ? effort : 0) }
    guard effort < 1024 else { return 4 }
    // Between powers of two along a straight line.
    let logarithm = Float(effort.exponent) + effort.significand - 1
    return min(deviationsDefault + 0.45 * logarithm, 4)
  }

  /// The part of all blocks that is looked at, where codes have an order, after the nearest rows that are known have changed for the
  /// last time: with the usual half about 9.99 of the 10 nearest neighbours are found.
  package static func patience(effort: Float) -> Float {
    guard effort >= 1 else { return 0.1 + 0.4 * (effort > 0 ? effort : 0) }
    return min(effort / 2, 1)
  }

  let queries: [[Float]]
  let count: Int
  let distance: Distance
  let deviations: Float
  let patience: Float
  private let candidatesMin: Int
  let kernels: CodeKernels
  /// Per query upper bounds of distances.
  var bounds: [LeastBounds]
  var found: [[CodeCandidate]]
  /// Per query the greatest of all bases.
  private var magnitudes: [Float]
  /// Per query how much greater distances are than the coarse lower bounds of the rows that were looked at.
  var gaps: [Gap]
  var prepared: Prepared?
  /// Those of late: segments of different sizes, and the tail, may alternate.
  private var preparedBefore: [Prepared] = []
  private static let preparedMax = 4
  /// Per query whether so many rows may be in the answer that codes do not help, as where all are equally near: no more of them are
  /// looked at, and exact search is to be preferred.
  package private(set) var isUndecided: [Bool]
  /// With more candidates than these a query's are looked through; where half of them are left, it is undecided.
  private(set) var candidatesMax: Int
  /// Queries that were made ready so far.
  private(set) var preparedCount = 0
  /// Of all queries, the blocks that have an order, those of them that were looked at, and those in full.
  package internal(set) var rankedBlocks = (all: 0, looked: 0, opened: 0)
  let memory = ScratchMemory()

  struct Prepared: Sendable {
    let basis: CodeBasis
    let shape: CoarseShape
    /// Nil where a query is out of the codes' range.
    let queries: [CodeQuery]?

    func isFor(_ basis: CodeBasis, _ shape: CoarseShape) -> Bool {
      self.shape == shape && CodeBasis.isSame(self.basis, basis)
    }
  }

  /// Where `count` is a large share of all rows, exact search is faster. With more `deviations`, more of the last
  /// neighbours are found, and it takes longer; so with more `patience`, of which 1 is enough for all blocks to be looked at. With
  /// fewer candidates than half of `candidatesMin` no query is undecided.
  package init(
    queries: [[Float]], count: Int, distance: Distance,
    deviations: Float = Self.deviationsDefault, patience: Float = 1, candidatesMin: Int = 1024,
    kernels: CodeKernels = .best
  ) {
    self.candidatesMin = candidatesMin
    self.patience = patience
    self.queries = queries
    self.count = count
    self.distance = distance
    self.deviations = deviations
    self.kernels = kernels
    bounds = queries.map { _ in LeastBounds(capacity: count) }
    found = queries.map { _ in [] }
    magnitudes = queries.map { _ in 0 }
    gaps = queries.map { _ in Gap() }
    isUndecided = queries.map { _ in false }
    candidatesMax = candidatesMin
    expect(rows: 0)
  }

  /// To be told how many rows all places will have: with so many more candidates than in few rows exact search is no slower.
  package mutating func expect(rows: Int) {
    // Looking at a candidate takes about as long as exact search at ten rows. Their memory is bounded, too.
    let affordable = min(rows / 16, Self.candidatesOfAllMax / max(queries.count, 1))
    candidatesMax = max(candidatesMin, min(count, 1 << 32) * 8, affordable)
  }

  private static let candidatesOfAllMax = 4 << 20

  /// Drops the candidates of a query, which are taken out of `self.found` meanwhile, that are too far away by now; all, and for good,
  /// where too many are left.
  mutating func limit(_ found: inout [CodeCandidate], of query: Int, bound: Float) {
    let threshold = CodeQuery.threshold(bound, magnitude: magnitudes[query])
    found.removeAll { $0.lowerBound > threshold }
    // With fewer left it takes as many again until they are looked through the next time.
    guard found.count > candidatesMax / 2 else { return }
    isUndecided[query] = true
    found = []
  }

  /// Has a query undecided, of which nothing is being looked at.
  mutating func abandon(_ query: Int) {
    isUndecided[query] = true
    found[query] = []
  }

  /// Distances of rows that were looked at exactly.
  package mutating func note(_ lists: [[Neighbour]]) {
    for (query, list) in lists.enumerated() {
      for neighbour in list { bounds[query].offer(neighbour.distance) }
    }
  }

  /// Makes the queries ready for codes.
  /// - Returns: Whether these codes can be searched; else only exact search can.
  package mutating func prepare(for codes: CodeColumn) -> Bool {
    prepare(for: codes.basis, codes.shape)
  }

  mutating func prepare(for basis: CodeBasis, _ shape: CoarseShape) -> Bool {
    guard basis.suits(distance) else { return false }
    if let prepared, prepared.isFor(basis, shape) { return prepared.queries != nil }
    if let known = preparedBefore.first(where: { $0.isFor(basis, shape) }) {
      prepared = known
      return known.queries != nil
    }
    var ready: [CodeQuery] = []
    for query in queries {
      guard query.count == basis.dimension,
        let query = CodeQuery(
          query, basis: basis, shape: shape, distance: distance, deviations: deviations,
          kernels: kernels)
      else { break }
      ready.append(query)
    }
    preparedCount += ready.count
    let areReady = ready.count == queries.count
    for (index, query) in ready.enumerated() {
      magnitudes[index] = max(magnitudes[index], query.magnitude)
    }
    let made = Prepared(basis: basis, shape: shape, queries: areReady ? ready : nil)
    prepared = made
    if preparedBefore.count >= Self.preparedMax { preparedBefore.removeFirst() }
    preparedBefore.append(made)
    return areReady
  }

  /// Per query the rows that may be in the answer, in no order; all that are, but for those few that the bounds were
  /// wrong about, and none of an undecided query. Nothing may be scanned any more.
  package func candidates() -> [[CodeCandidate]] {
    queries.indices.map { index in
      if isUndecided[index] { return [] }
      let threshold = CodeQuery.threshold(
        bounds[index].bound, magnitude: magnitudes[index])
      var kept: [CodeCandidate] = []
      kept.reserveCapacity(min(found[index].count, 2 * count))
      for candidate in found[index] where candidate.lowerBound <= threshold {
        kept.append(candidate)
      }
      return kept
    }
  }
}

/// How much greater distances are than coarse lower bounds, by those that were looked at.
struct Gap: Sendable {
  private var sum: Float = 0
  private var count: Float = 0

  mutating func note(_ gap: Float) {
    guard gap.isFinite, count < Self.countMax else { return }
    sum += gap
    count += 1
  }

  /// Rows with a lower bound above this are not expected to be nearer than `bound`.
  func limit(below bound: Float) -> Float {
    count < Self.countMin ? .infinity : bound - sum / count
  }

  private static let countMin: Float = 32
  private static let countMax: Float = 65_536
}
