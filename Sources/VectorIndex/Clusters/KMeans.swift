/// Lloyd's algorithm: centres such that each point is near one of them.
enum KMeans {
  private static let iterations = 5
  /// Points that are compared with all centres together.
  private static let pointsAtOnce = 16

  /// At most `count` centres of the points; of no points there is none.
  /// - Throws: When the task is cancelled, within about a millisecond.
  static func centres(
    _ count: Int, of points: VectorList, _ random: inout SplitMix64
  ) async throws(CancellationError) -> VectorList {
    var centres = points.vectors(random.distinct(count, below: points.count))
    guard centres.count < points.count else { return centres }
    for _ in 0..<iterations {
      let nearest = try await nearest(of: centres, to: points)
      centres = try await moved(centres, points, nearest, &random)
    }
    return centres
  }

  private static func nearest(
    of centres: VectorList, to points: VectorList
  ) async throws(CancellationError) -> [Int] {
    var nearest: [Int] = []
    nearest.reserveCapacity(points.count)
    var dots = [Float](repeating: 0, count: pointsAtOnce * centres.count)
    var pace = Pace()
    for start in stride(from: 0, to: points.count, by: pointsAtOnce) {
      let range = start..<min(start + pointsAtOnce, points.count)
      points.components.withUnsafeBufferPointer { components in
        let some = components[
          range.lowerBound * points.dimension..<range.upperBound * points.dimension]
        dots.withUnsafeMutableBufferPointer {
          centres.dots(UnsafeBufferPointer(rebasing: some), 0..<centres.count, into: $0)
        }
      }
      for i in range.indices.map({ $0 - start }) {
        var (best, least) = (0, Float.infinity)
        for j in 0..<centres.count {
          // The squared distance without the point's own square.
          let distance = centres.squares[j] - 2 * dots[i * centres.count + j]
          if distance < least { (best, least) = (j, distance) }
        }
        nearest.append(best)
      }
      try await pace.step(range.count * centres.count * points.dimension)
    }
    return nearest
  }

  /// Each centre in the middle of its points; one without points goes to where one of them is.
  private static func moved(
    _ centres: VectorList, _ points: VectorList, _ nearest: [Int], _ random: inout SplitMix64
  ) async throws(CancellationError) -> VectorList {
    let dimension = points.dimension
    var sums = [Float](repeating: 0, count: centres.count * dimension)
    var counts = [Int](repeating: 0, count: centres.count)
    var pace = Pace()
    for (point, centre) in nearest.enumerated() {
      counts[centre] += 1
      points.withVector(point) { vector in
        sums.withUnsafeMutableBufferPointer { sums in
          for i in 0..<dimension { sums[centre * dimension + i] += vector[i] }
        }
      }
      // Summing is bound by memory: some products' time for each component.
      try await pace.step(dimension * 8)
    }
    var moved = VectorList(dimension: dimension, reserving: centres.count)
    for centre in 0..<centres.count {
      if counts[centre] == 0 {
        moved.append(points[Int.random(in: 0..<points.count, using: &random)])
        continue
      }
      let share = 1 / Float(counts[centre])
      moved.append(sums[centre * dimension..<(centre + 1) * dimension].map { $0 * share })
    }
    return moved
  }
}

/// Lets others run, and notices a cancellation, about every millisecond of work.
struct Pace {
  private var work = 0
  static let workMax = 16 << 20

  /// `products` is the number of multiplications done.
  mutating func step(_ products: Int) async throws(CancellationError) {
    work += products
    guard work >= Self.workMax else { return }
    work = 0
    await Task.yield()
    if Task.isCancelled { throw CancellationError() }
  }
}
