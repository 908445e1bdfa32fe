import Engine
import Testing

@Suite("The quiet after which a tail becomes a segment")
struct QuietTimeTests {
  @Test("is the shorter the nearer the tail is to becoming one anyway")
  func byBytes() {
    var maintenance = MaintenanceConfiguration()
    maintenance.flushBytes = 64 << 20
    maintenance.quietTime = .seconds(16)
    #expect(maintenance.quietTime(forTailOf: 0) == .seconds(16))
    #expect(maintenance.quietTime(forTailOf: 16 << 20) == .seconds(12))
    #expect(maintenance.quietTime(forTailOf: 48 << 20) == .seconds(4))
    #expect(maintenance.quietTime(forTailOf: 63 << 20) == .seconds(2))
    #expect(maintenance.quietTime(forTailOf: .max) == .seconds(2))
    maintenance.flushBytes = 0
    #expect(maintenance.quietTime(forTailOf: 1) == .seconds(2))
  }
}
