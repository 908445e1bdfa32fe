import Model
import Testing

@Suite("SeededRandomSource")
struct SeededRandomSourceTests {
  @Test("gives SplitMix64's numbers")
  func knownNumbers() {
    // The first outputs of the reference implementation (Vigna, splitmix64.c) for seed 1234567.
    let source = SeededRandomSource(seed: 1_234_567)
    let numbers = (0..<5).map { _ in source.next() }
    #expect(
      numbers == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  @Test("the same seed gives the same numbers, another one others")
  func seeds() {
    func numbers(_ seed: UInt64) -> [UInt64] {
      let source = SeededRandomSource(seed: seed)
      return (0..<20).map { _ in source.next() }
    }
    #expect(numbers(7) == numbers(7))
    #expect(numbers(7) != numbers(8))
  }

  @Test("bounded numbers stay below their bound and reach every value")
  func bounded() {
    let source = SeededRandomSource(seed: 3)
    var seen: Set<UInt64> = []
    for _ in 0..<1000 { seen.insert(source.next(below: 7)) }
    #expect(seen == Set(0..<7))
    #expect(source.next(below: 1) == 0)
  }

  @Test("units are at least 0, below 1, and spread")
  func units() {
    let source = SeededRandomSource(seed: 9)
    let units = (0..<1000).map { _ in source.nextUnit() }
    #expect(units.allSatisfy { (0..<1).contains($0) })
    let mean = units.reduce(0, +) / 1000
    #expect(abs(mean - 0.5) < 0.05)
  }
}
