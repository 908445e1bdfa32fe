/// Cells in an order in which each is followed by the nearest of those that are left.
struct CellChain: Sendable {
  /// Of each cell its place.
  private(set) var places: [Int]
  /// Of each place the way from the cell before to the one behind.
  private let directions: VectorList

  init(_ cells: VectorList, _ pace: inout Pace) async throws(CancellationError) {
    var order: [Int] = []
    places = [Int](repeating: 0, count: max(cells.count, 1))
    var left = [Bool](repeating: true, count: cells.count)
    var dots = [Float](repeating: 0, count: cells.count)
    var next = 0
    while order.count < cells.count {
      (left[next], places[next]) = (false, order.count)
      order.append(next)
      cells.withVector(next) { vector in
        dots.withUnsafeMutableBufferPointer { cells.dots(vector, 0..<cells.count, into: $0) }
      }
      var least = Float.infinity
      for cell in 0..<cells.count where left[cell] {
        let distance = cells.squares[cell] - 2 * dots[cell]
        // Where nothing is nearer, any is next.
        if distance < least || !left[next] { (next, least) = (cell, distance) }
      }
      try await pace.step(cells.count * cells.dimension)
    }
    var directions = VectorList(dimension: cells.dimension, reserving: order.count)
    for place in order.indices {
      let (before, behind) = (order[max(place - 1, 0)], order[min(place + 1, order.count - 1)])
      directions.append(zip(cells[behind], cells[before]).map { $0 - $1 })
    }
    self.directions = directions
  }

  /// How far on a vector of a cell is on the way through it.
  func position(of vector: UnsafeBufferPointer<Float>, in place: Int) -> Float {
    directions.dot(vector, place)
  }
}
