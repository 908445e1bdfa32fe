import CommitLog
import Model
import Testing

/// PUT 40 ms and GET 20 ms: a turn is 60 ms.
@Suite("Contention (S1)")
struct ContentionTests {
  static let turn = Duration.milliseconds(60)
  let limits = LogLimits()
  let random = SeededRandomSource(seed: 11)

  private func measured() -> Contention {
    var contention = Contention()
    contention.measuredPut(.milliseconds(40))
    contention.measuredGet(.milliseconds(20))
    return contention
  }

  private func writer(_ number: Int) -> UniqueID { UniqueID(high: 0, low: UInt64(number)) }

  @Test("a writer that meets nobody does not pause before its 32nd win in a row")
  func alone() {
    var contention = measured()
    let now = Duration.seconds(10)
    for _ in 1..<32 {
      contention.won(at: now, limits: limits, random: random)
      #expect(contention.notBefore == .zero)
    }
    contention.won(at: now, limits: limits, random: random)
    #expect(contention.notBefore == now + Self.turn * 5 / 2)
    var later = contention
    later.won(at: .seconds(20), limits: limits, random: random)
    #expect(later.notBefore == contention.notBefore)
  }

  @Test(
    "it gives one turn to each that it met, and up to a turn and a half more",
    arguments: [(1, 1), (3, 3), (16, 16), (40, 16)])
  func turns(met count: Int, turns: Int) {
    var least = Duration.seconds(1000)
    var most = Duration.zero
    for _ in 0..<500 {
      var contention = measured()
      for number in 0..<count {
        contention.met(writer(number), at: .seconds(5))
        contention.met(writer(number), at: .seconds(5))
      }
      contention.won(at: .seconds(6), limits: limits, random: random)
      let pause = contention.notBefore - .seconds(6)
      least = min(least, pause)
      most = max(most, pause)
    }
    #expect(least >= Self.turn * turns)
    #expect(least < Self.turn * turns + Self.turn / 10)
    #expect(most <= Self.turn * (Double(turns) + 1.5))
    #expect(most > Self.turn * (Double(turns) + 1.4))
  }

  @Test("whom it met more than two seconds ago it has forgotten")
  func window() {
    var contention = measured()
    contention.met(writer(1), at: .seconds(5))
    contention.won(at: .milliseconds(7_001), limits: limits, random: random)
    #expect(contention.notBefore == .zero)
    contention.met(writer(1), at: .seconds(8))
    contention.won(at: .seconds(10), limits: limits, random: random)
    #expect(contention.notBefore >= .seconds(10) + Self.turn)
  }

  @Test("a loss ends a row of wins")
  func rowOfWins() {
    var contention = measured()
    for _ in 0..<31 { contention.won(at: .seconds(1), limits: limits, random: random) }
    contention.met(writer(1), at: .seconds(2))
    contention.won(at: .seconds(9), limits: limits, random: random)
    #expect(contention.notBefore == .zero)
  }
}
