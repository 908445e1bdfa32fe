import CommitLog
import ObjectStore
import Testing

/// G is an hour, so half of it 1800 s.
@Suite("Confirmation (S4)")
struct ConfirmationTests {
  static let start = StoreTime(millisecondsSince1970: 1_800_000_000_000)
  static let grace = Duration.seconds(3600)
  let confirmation = Confirmation(date: start, sent: .seconds(100))

  private func covers(date: Duration, arrival: Duration) -> Bool {
    confirmation.covers(
      date: Self.start.advanced(by: date), arrival: .seconds(100) + arrival, grace: Self.grace)
  }

  @Test("by the store's clock it covers answers up to G/2 later, less a second")
  func storeClock() {
    #expect(covers(date: .zero, arrival: .zero))
    #expect(covers(date: .seconds(1799), arrival: .seconds(1)))
    #expect(!covers(date: .milliseconds(1_799_001), arrival: .seconds(1)))
    #expect(!covers(date: .seconds(1800), arrival: .seconds(1)))
  }

  @Test("by the server's clock it covers answers that arrive less than G/2 after it was sent")
  func serverClock() {
    #expect(covers(date: .seconds(1), arrival: .milliseconds(1_799_999)))
    #expect(!covers(date: .seconds(1), arrival: .seconds(1800)))
  }

  @Test("one clock that stands still or goes back does not help the other")
  func lyingClocks() {
    #expect(!covers(date: .seconds(-86_400), arrival: .seconds(1800)))
    #expect(!covers(date: .seconds(1800), arrival: .zero))
    #expect(covers(date: .seconds(-5), arrival: .seconds(1)))
  }

  @Test("without a date on both sides nothing is covered")
  func noDates() {
    #expect(!confirmation.covers(date: nil, arrival: .seconds(100), grace: Self.grace))
    #expect(
      !Confirmation(date: nil, sent: .seconds(100))
        .covers(date: Self.start, arrival: .seconds(100), grace: Self.grace))
  }
}
