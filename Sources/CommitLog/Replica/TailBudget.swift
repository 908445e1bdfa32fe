import Synchronization

/// What the entries that no manifest covers, and the commands that are to become some, take in all logs of a server
/// together.
///
/// A log whose own part is small is never refused, so that none waits for the others: one that is refused is one that
/// can be flushed.
package final class TailBudget: Sendable {
  private let bytesMax: Int
  private let taken = Atomic(0)

  package init(bytesMax: Int) { self.bytesMax = bytesMax }

  func add(_ bytes: Int) { taken.wrappingAdd(bytes, ordering: .relaxed) }

  /// Whether a log that has `own` bytes may take so many more.
  func hasRoom(for bytes: Int, own: Int) -> Bool {
    own < bytesMax / 8 || bytes <= bytesMax - taken.load(ordering: .relaxed)
  }
}
