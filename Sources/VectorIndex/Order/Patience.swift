/// How long a search goes on without anything nearer.
struct Patience: Sendable {
  private let blocksMax: Double
  private var bound = Float.infinity
  private var lookedAtLast = 0
  private(set) var isOver = false

  /// Never over.
  init() { blocksMax = .infinity }

  /// `share`: of all blocks.
  init(_ share: Float, neighbours: Int, blocks: Int) {
    // Of few neighbours fewer become known on the way.
    blocksMax = Double(share) * (1 + 0.4 / Double(max(neighbours, 1))) * Double(blocks)
  }

  /// To be called once so many blocks were looked at, with what the farthest of the nearest cannot exceed.
  mutating func note(_ bound: Float, looked: Int) {
    if bound < self.bound { (self.bound, lookedAtLast) = (bound, looked) }
    isOver = bound < .infinity && Double(looked - lookedAtLast) > blocksMax
  }
}
