package import ObjectStore

/// The last proof that the manifest this server knows is the newest one, on which every other answer of the
/// store leans (S4).
package struct Confirmation: Hashable, Sendable {
  /// The store's date of the confirming answer; nil where the store tells none.
  package let date: StoreTime?
  /// When the confirming request was sent, by the server's own clock.
  package let sent: Duration

  package init(date: StoreTime?, sent: Duration) {
    self.date = date
    self.sent = sent
  }

  /// True if an answer with this date that arrived at this time of the server's own clock may be believed
  /// without confirming again.
  ///
  /// Either clock may lie, the store's set back or the server's stopped with its machine, so both must agree.
  /// The second that is added makes up for dates in whole seconds.
  package func covers(date: StoreTime?, arrival: Duration, grace: Duration) -> Bool {
    guard let date, let confirmed = self.date else { return false }
    return date.since(confirmed) + .seconds(1) <= grace / 2 && arrival - sent < grace / 2
  }
}
