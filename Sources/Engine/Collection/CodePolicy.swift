package import Model
import Segments
import VectorIndex

/// Which segments get codes of their vectors, and what these are relative to.
package struct CodePolicy: Sendable {
  /// How queries of the collection compare vectors.
  package var distance: Distance
  /// Segments with fewer rows are searched as fast without.
  package var rowsMin = 256
  /// So are those with shorter vectors; longer ones are too long for codes.
  package var dimensions = 64...65_536

  /// Segments with fewer rows are searched as fast without clusters.
  package var clusterRowsMin = 200_000
  /// Segments with fewer rows are searched about as fast with their codes in the rows' own order.
  package var orderRowsMin = 40_000
  /// Into so many of the clusters a query looks at least.
  package var clusterProbesMin = 160

  /// How many vectors tell where the centre of all is.
  private static let sampleRows = 1024

  package init(distance: Distance) { self.distance = distance }

  /// For the rows of a tail, where these are its live ones.
  func basis(of tail: Tail, rows: [Int], known: [CodeBasis]) -> CodeBasis? {
    guard let vectors = tail.vectors, fits(rows.count, vectors.dimension) else { return nil }
    var sample = VectorColumn(dimension: vectors.dimension)
    for row in Self.sample(rows) {
      guard case .own(let row) = tail.record(row)?.vector else { continue }
      vectors.withRow(Int(row)) { sample.append($0) }
    }
    return basis(sample, known)
  }

  /// For rows of segments.
  func basis(
    of rows: [(segment: Segment, row: Int)], known: [CodeBasis]
  ) async throws(SegmentError) -> CodeBasis? {
    guard let dimension = rows.first?.segment.dimension, fits(rows.count, dimension) else {
      return nil
    }
    var wanted = SegmentRows()
    for (index, item) in Self.sample(rows).enumerated() {
      // Reading a few rows of the bucket costs as much as reading all. They count only where nothing else does.
      guard item.segment.hasVectorsAtHand || known.isEmpty else { continue }
      wanted.add(item.segment, item.row, for: index)
    }
    var sample = VectorColumn(dimension: dimension)
    for (segment, rows, _) in wanted.bySegment {
      for vector in try await segment.vectors(rows) { sample.append(vector) }
    }
    return basis(sample, known)
  }

  private func basis(_ sample: VectorColumn, _ known: [CodeBasis]) -> CodeBasis? {
    guard sample.count > 0 else { return known.first { $0.suits(distance) } }
    return CodeBasis.fitting(sample, distance: distance, among: known)
  }

  /// For codes relative to a basis of this policy.
  func encoder(_ basis: CodeBasis) -> CodeEncoder { CodeEncoder(basis: basis, distance: distance) }

  /// Has the codes of a segment's rows, all of which the builder has, arranged for searches.
  func arrange(_ builder: inout SegmentBuilder) async throws(SegmentError) {
    if builder.rowCount >= clusterRowsMin {
      try await builder.makeClusters(distance: distance, probesMin: clusterProbesMin)
    } else if builder.rowCount >= orderRowsMin {
      try await builder.makeOrder()
    }
  }

  private func fits(_ rowCount: Int, _ dimension: Int) -> Bool {
    rowCount >= rowsMin && dimensions.contains(dimension)
  }

  /// Some of the rows, evenly.
  private static func sample<Row>(_ rows: [Row]) -> [Row] {
    let count = min(rows.count, sampleRows)
    return (0..<count).map { rows[$0 * rows.count / count] }
  }
}
