package import Model

/// Decides when a writer gives way, so that of several servers that write one log none starves (S1).
///
/// A writer that has just won is one request ahead of all others: without a pause it wins again, for ever. So it
/// lets as many others have their turn as it has met lately, each for the time of one PUT and one GET, which is
/// what another needs to notice the new entry and to send its own; and for a random part of another turn and a
/// half, so that a server farther from the store also comes to its turn, and no two keep missing each other in
/// step. One that never loses cannot see those that never win; it pauses now and then all the same.
package struct Contention {
  private var lastMet: [UniqueID: Duration] = [:]
  private var winsInARow = 0
  private var lastPut = Duration.zero
  private var lastGet = Duration.zero
  /// No PUT of the next entry is sent before this time.
  package private(set) var notBefore = Duration.zero

  package init() {}

  package mutating func measuredPut(_ duration: Duration) { lastPut = duration }
  package mutating func measuredGet(_ duration: Duration) { lastGet = duration }

  /// An entry of another server was met.
  package mutating func met(_ writer: UniqueID, at now: Duration) {
    lastMet[writer] = now
    winsInARow = 0
  }

  package mutating func won(at now: Duration, limits: LogLimits, random: any RandomSource) {
    winsInARow += 1
    lastMet = lastMet.filter { now - $0.value <= limits.contentionWindow }
    let turn = min(lastPut + lastGet, limits.turnMax)
    if winsInARow >= limits.winsInARowMax {
      winsInARow = 0
      notBefore = now + turn * 5 / 2
    } else if !lastMet.isEmpty {
      let turns = min(lastMet.count, limits.turnsGivenMax)
      notBefore = now + turn * (Double(turns) + 1.5 * random.nextUnit())
    }
  }
}
