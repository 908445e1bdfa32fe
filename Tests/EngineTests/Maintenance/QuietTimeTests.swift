import Engine
import Testing

@Suite("The quiet after which a tail becomes a segment")
struct QuietTimeTests {
  @Test("is the shorter the nearer the tail is to becoming one anyway")
  func byBytes() {
    var maintenance = MaintenanceConfiguration()
    maintenance.flushBytes = 64 << 20
    maintenance.quietTime = .seconds(16)
    for bytes in [0, 8 << 20, 32 << 20] {
      #expect(maintenance.quietTime(forTailOf: bytes) == .seconds(16))
    }
    #expect(maintenance.quietTime(forTailOf: 44 << 20) == .seconds(9))
    #expect(maintenance.quietTime(forTailOf: 56 << 20) == .seconds(2))
    #expect(maintenance.quietTime(forTailOf: 63 << 20) == .seconds(2))
    #expect(maintenance.quietTime(forTailOf: .max) == .seconds(2))
    maintenance.flushBytes = 0
    #expect(maintenance.quietTime(forTailOf: 1) == .seconds(2))
  }
}
