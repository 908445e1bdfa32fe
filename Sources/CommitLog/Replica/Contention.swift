import Model

/// Decides when a writer gives way, so that of several servers that write one log none starves (S1).
struct Contention {
  private var lastMeeting: Duration?
  private var winsInARow = 0
  private var lastPut = Duration.zero
  private var lastGet = Duration.zero
  /// No PUT of the next entry is sent before this time.
  private(set) var notBefore = Duration.zero

  mutating func measuredPut(_ duration: Duration) { lastPut = duration }
  mutating func measuredGet(_ duration: Duration) { lastGet = duration }

  /// Another server's entry was met.
  mutating func metAnother(at now: Duration) {
    lastMeeting = now
    winsInARow = 0
  }

  /// A writer that met another within the last second pauses one PUT and GET time after each win, any writer
  /// after 16 wins in a row: one that never loses cannot see those that never win.
  mutating func won(at now: Duration, limits: LogLimits) {
    winsInARow += 1
    let isContended = lastMeeting.map { now - $0 <= limits.contentionWindow } ?? false
    guard isContended || winsInARow >= limits.winsInARowMax else { return }
    winsInARow = 0
    notBefore = now + lastPut + lastGet
  }
}
