import Model
import Testing

struct RowSetTests {
  @Test("whether a range has a member, and only members, is what its rows say")
  func ranges() {
    var state: UInt64 = 7
    func draw(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    for round in 0..<2_000 {
      let count = draw(300)
      var set = RowSet(count: count, filledWith: round % 2 == 0)
      for _ in 0..<draw(4) where count > 0 { set[draw(count)].toggle() }
      let start = draw(320)
      let range = start..<start + draw(200)
      #expect(set.hasMember(in: range) == range.contains { set[$0] })
      #expect(set.hasEveryMember(in: range) == range.allSatisfy { set[$0] })
    }
  }
}
