/// Whether a glance at each block is worth it: where it leaves most of them to be looked at in full it only costs.
package struct Glances: Sendable {
  /// Steps that are made without, and how many come after the next glance that is not worth it.
  private var without = 0
  private var pause = 1

  private static let pauseMax = 16

  package init() {}

  /// Whether the next step is to be made with a glance.
  package var isNextWith: Bool { without == 0 }

  /// To be told of each step how many of its blocks were looked at in full.
  package mutating func note(opened: Int, of count: Int, hadGlance: Bool) {
    guard hadGlance else { return without = max(without - 1, 0) }
    // With so many a glance costs as much as it spares.
    if opened * 4 > count * 3 {
      without = pause
      pause = min(pause * 2, Self.pauseMax)
    } else {
      pause = 1
    }
  }
}
