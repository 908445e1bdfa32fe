import FilterIndex
import Model
import Testing

@Suite("substring search")
struct SubstringSearchTests {
  private static func contains(_ part: String, _ text: String) throws -> Bool {
    let filter = try CompiledFilter(.documentContains(Text(part), negated: false))
    return filter.matches(metadata: Metadata(), document: Text(text), uri: nil)
  }

  @Test("a substring is found at every place of texts of every short length")
  func everyPlace() throws {
    for length in 1...100 {
      for needle in ["q", "qx", "qxq", "qxqxqxqxqxqxqxqxqxqxqxqxqxqxqxqxqxqxqxqxqx"] {
        guard needle.utf8.count <= length else { continue }
        let rest = length - needle.utf8.count
        for before in 0...rest {
          let text =
            String(repeating: "a", count: before) + needle
            + String(repeating: "q", count: rest - before)
          #expect(try Self.contains(needle, text))
          #expect(try !Self.contains(needle + "!", text))
        }
      }
    }
  }

  @Test("random substrings of a small alphabet are found just where they are")
  func random() throws {
    let seed = TestSeed.value
    var random = TestRandom(seed: seed)
    func string(_ count: Int) -> String {
      String((0..<count).map { _ in "ab"[random.next() & 3 == 0 ? 1 : 0] })
    }
    for _ in 0..<3000 {
      let text = string(Int.random(in: 0..<200, using: &random))
      let part = string(Int.random(in: 0..<12, using: &random))
      #expect(try Self.contains(part, text) == naive(part, text), "APUS_SEED=\(seed)")
    }
  }

  @Test("the worst of texts is searched in linear time")
  func worstCase() throws {
    let text = String(repeating: "a", count: 2_000_000)
    let part = String(repeating: "a", count: 100_000) + "b" + String(repeating: "a", count: 100_000)
    let clock = ContinuousClock()
    var found = true
    let time = try clock.measure { found = try Self.contains(part, text) }
    #expect(!found)
    #expect(time < .seconds(10))
    #expect(try Self.contains(part, text + part))
  }

  private func naive(_ part: String, _ text: String) -> Bool {
    let (part, text) = (Array(part.utf8), Array(text.utf8))
    guard part.count <= text.count else { return false }
    return (0...text.count - part.count).contains { text[$0...].starts(with: part) }
  }
}

extension String {
  fileprivate subscript(offset: Int) -> Character { self[index(startIndex, offsetBy: offset)] }
}
