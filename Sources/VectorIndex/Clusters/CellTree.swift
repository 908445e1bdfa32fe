/// The cells of an inverted file: centres of a first level, the regions, and below each the centres of its cells.
///
/// With two levels of k-means a vector finds its cell after looking at some hundreds of centres instead of thousands,
/// and cells that lie side by side are near each other.
struct CellTree: Sendable {
  private let regions: VectorList
  /// Region by region.
  let cells: VectorList
  /// Where the cells of each region begin, and where the last one's end.
  private let starts: [Int]

  private static let regionsLookedAt = 8
  /// Cells among which the second one of a vector is sought.
  private static let candidatesMax = 32

  /// About `count` cells of the points, which are a sample of the vectors.
  init(
    count: Int, of points: VectorList, _ random: inout SplitMix64
  ) async throws(CancellationError) {
    let regionCount = max(Int(Double(count).squareRoot()), 1)
    let regions = try await KMeans.centres(regionCount, of: points, &random)
    var members = [[Int]](repeating: [], count: regions.count)
    var pace = Pace()
    var dots = [Float](repeating: 0, count: regions.count)
    for point in 0..<points.count {
      let nearest = points.withVector(point) { Self.ranked(regions, $0, &dots, 1) }
      for region in nearest { members[region].append(point) }
      try await pace.step(regions.count * points.dimension)
    }
    var cells = VectorList(dimension: points.dimension, reserving: count)
    var starts = [0]
    for region in 0..<regions.count {
      let share = Double(count) * Double(members[region].count) / Double(max(points.count, 1))
      let centres = try await KMeans.centres(
        max(Int(share.rounded()), 1), of: points.vectors(members[region]), &random)
      cells.append(contentsOf: centres)
      starts.append(cells.count)
    }
    self.regions = regions
    self.cells = cells
    self.starts = starts
  }

  /// The nearest of the list, ascending by distance.
  private static func ranked(
    _ list: VectorList, _ vector: UnsafeBufferPointer<Float>, _ dots: inout [Float], _ count: Int
  ) -> [Int] {
    dots.withUnsafeMutableBufferPointer { list.dots(vector, 0..<list.count, into: $0) }
    var nearest = ShortList(capacity: count)
    for i in 0..<list.count { nearest.offer(UInt32(i), list.squares[i] - 2 * dots[i]) }
    return nearest.items.map { Int($0.index) }
  }

  /// Memory for `cells(of:_:)`.
  struct Workspace {
    fileprivate var regionDots: [Float]
    fileprivate var dots: [Float]
    fileprivate var others = [Float](repeating: 0, count: CellTree.candidatesMax)

    init(_ tree: CellTree) {
      regionDots = [Float](repeating: 0, count: tree.regions.count)
      dots = [Float](repeating: 0, count: max(tree.cells.count, 1))
    }
  }

  /// Products that `cells(of:_:)` takes, about.
  var productsPerVector: Int {
    (regions.count + cells.count * min(Self.regionsLookedAt, regions.count) / max(regions.count, 1)
      + Self.candidatesMax) * cells.dimension
  }

  /// The cell of a vector, and the second one in which it is listed (nil where there is but one): the one that makes
  /// up best for queries whose view of the first is unlucky, because the vector lies in another direction from it
  /// (SOAR, Sun and others, NeurIPS 2023, with lambda 1).
  func cells(
    of vector: UnsafeBufferPointer<Float>, _ memory: inout Workspace
  ) -> (first: Int, second: Int?) {
    var nearest = ShortList(capacity: Self.candidatesMax)
    for region in Self.ranked(regions, vector, &memory.regionDots, Self.regionsLookedAt) {
      let range = starts[region]..<starts[region + 1]
      guard !range.isEmpty else { continue }
      memory.dots.withUnsafeMutableBufferPointer { cells.dots(vector, range, into: $0) }
      for (i, cell) in range.enumerated() {
        nearest.offer(UInt32(cell), cells.squares[cell] - 2 * memory.dots[i])
      }
    }
    guard let first = nearest.items.first else { return (0, nil) }
    let others = Array(nearest.items.dropFirst())
    guard !others.isEmpty else { return (Int(first.index), nil) }
    let square = vector.reduce(0) { $0 + $1 * $1 }
    let residualSquare = max(square + first.distance, .leastNormalMagnitude)
    cells.withVector(Int(first.index)) { centre in
      memory.others.withUnsafeMutableBufferPointer {
        cells.dots(centre, some: others.map(\.index), into: $0)
      }
    }
    let firstDot = (cells.squares[Int(first.index)] - first.distance) / 2
    var (best, least) = (others[0].index, Float.infinity)
    for (i, other) in others.enumerated() {
      // The first residual's product with the other one: (x - c1).(x - c2).
      let dot = (cells.squares[Int(other.index)] - other.distance) / 2
      let product = square - dot - firstDot + memory.others[i]
      let loss = square + other.distance + product * product / residualSquare
      if loss < least { (best, least) = (other.index, loss) }
    }
    return (Int(first.index), Int(best))
  }
}

/// The nearest few of what was offered, ascending.
struct ShortList {
  private let capacity: Int
  private(set) var items: [(index: UInt32, distance: Float)] = []

  init(capacity: Int) {
    self.capacity = capacity
    items.reserveCapacity(capacity + 1)
  }

  @inline(__always)
  mutating func offer(_ index: UInt32, _ distance: Float) {
    if items.count == capacity {
      guard let last = items.last, distance < last.distance else { return }
    }
    insert(index, distance)
  }

  private mutating func insert(_ index: UInt32, _ distance: Float) {
    if items.count == capacity { items.removeLast() }
    var at = items.count
    while at > 0, items[at - 1].distance > distance { at -= 1 }
    items.insert((index, distance), at: at)
  }
}
