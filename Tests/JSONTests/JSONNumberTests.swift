import JSON
import Model
import Testing

@Suite("JSON numbers")
struct JSONNumberTests {
  private func number(_ text: String) throws -> JSONNumber {
    var reader = JSONReader(Array(text.utf8))
    let number = try reader.number()
    try reader.finish()
    return number
  }

  private func floats(_ text: String) throws -> [Float] {
    var reader = JSONReader(Array(text.utf8))
    var floats: [Float] = []
    _ = try reader.floats(into: &floats)
    try reader.finish()
    return floats
  }

  @Test("whole numbers and floats stay apart")
  func kinds() throws {
    #expect(try number("1") == .int(1))
    #expect(try number("1.0") == .float(1))
    #expect(try number("1e0") == .float(1))
    #expect(try number("9223372036854775807") == .int(.max))
    #expect(try number("-9223372036854775808") == .int(.min))
    #expect(try number("9223372036854775808") == .float(0x1p63))
    #expect(try number("-9223372036854775809") == .float(-0x1p63))
    #expect(try number("18446744073709551615") == .float(0x1p64))
    #expect(try number("18446744073709551616") == .float(0x1p64))
    #expect(try number("100000000000000000000000") == .float(1e23))
    guard case .float(let zero) = try number("-0") else {
      Issue.record("-0 is a float")
      return
    }
    #expect(zero == 0 && zero.sign == .minus)
  }

  @Test(
    "a double is the nearest one",
    arguments: [
      ("0.1", 0.1), ("1e22", 1e22), ("1e23", 1e23), ("1e-7", 1e-7),
      ("5e-324", .leastNonzeroMagnitude),
      ("2.5e-324", .leastNonzeroMagnitude), ("2e-324", 0), ("1e-400", 0), ("1e-99999999999", 0),
      ("0e99999999999", 0),
      ("1.7976931348623157e308", 1.7976931348623157e308),
      ("9007199254740993", 9007199254740992), ("9007199254740993.0", 9007199254740992),
      ("9007199254740993.00000000000000000000000001", 9007199254740994),
      ("0.000000000000000000000000000000000000000000001", 1e-45),
      ("2.2250738585072011e-308", Double.leastNormalMagnitude.nextDown),
      ("8.5e-1", 0.85), ("123456789012345678901234567890", 1.2345678901234568e29),
    ])
  func doubles(_ text: String, _ expected: Double) throws {
    #expect(try number(text).double == expected)
    var reader = JSONReader(Array(text.utf8))
    #expect(try reader.double() == expected)
  }

  @Test("a float is the nearest float of the nearest double, infinite beyond the range")
  func floatRule() throws {
    let texts = [
      "0", "-0", "0.1", "1e-45", "1e-46", "3.4028235e38", "3.4028236e38", "3.5e38", "1e300",
      "-1e300",
      "16777217", "16777217.0", "16777219", "1.00000005960464477539062500000000000000000001",
      "1.000000059604644775390625", "1.0000000596046448", "1.17549435e-38", "1.1754943e-38",
      "5.9604644775390625e-08", "1e-7", "123456789012345678901234567890",
      "0.12345678901234567890123",
      "1e44", "1e-44", "7e-46", "1.401298464324817e-45",
    ]
    let read = try floats("[" + texts.joined(separator: " , ") + "]")
    for (text, value) in zip(texts, read) {
      #expect(value.bitPattern == Float(Double(text) ?? .nan).bitPattern, "\(text)")
      var reader = JSONReader(Array(text.utf8))
      #expect(try reader.float().bitPattern == value.bitPattern)
    }
    // Rounded once from the integer, where a double would first round up to the midpoint's other side.
    #expect(try floats("[9007199791611905]") == [Float(9_007_199_791_611_905 as UInt64)])
  }

  @Test(
    "numbers with any count of digits behind the point, close to the middle of two floats and not")
  func fractions() throws {
    let random = seededSource("fractions")
    for _ in 0..<200 {
      var texts: [String] = []
      for _ in 0..<100 {
        let count = Int(random.next() % 27)
        var digits = ""
        // Few leading digits or many, and zeros in between.
        for _ in 0..<count { digits += random.next() % 4 == 0 ? "0" : "\(random.next() % 10)" }
        let whole = random.next() % 3 == 0 ? "\(random.next() % 120)" : "\(random.next() % 2)"
        texts.append((random.next() % 2 == 0 ? "-" : "") + whole + (count > 0 ? "." + digits : ""))
      }
      // The middle of two floats has at most 24 digits behind the point here.
      for _ in 0..<20 {
        let float = 0.5 + Float(random.next() % 0x80_0000) / 0x100_0000
        let middle = (Double(float) + Double(float.nextUp)) / 2
        texts += [middle, middle.nextUp, middle.nextDown].map { "\($0)" }
      }
      let read = try floats("[" + texts.joined(separator: ",") + "]")
      for (text, value) in zip(texts, read) {
        let double = try #require(Double(text))
        #expect(value.bitPattern == Float(double).bitPattern || !text.contains("."), "\(text)")
      }
    }
  }

  @Test(
    "what is no array of numbers is told from one, wherever it is among short numbers",
    arguments: [
      "[,1]", "[0.5,,0.5]", "[0.5,]", "[0.5 0.5]", "[0.5,-]", "[0.5,.5]", "[0.5,0.]", "[0.5,00.5]",
      "[0.5,0.5", "[0.5,0.5e]", "[0.5,--0.5]", "[-,0.5]", "[0.5,null]", "[0.5,\"a\"]",
    ])
  func notNumbers(text: String) {
    // In the middle of a longer text too, where words are read.
    for rest in ["", "                                        "] {
      #expect(throws: JSONError.self) { try floats(text + rest) }
    }
  }

  @Test("white space and long arrays change nothing")
  func spacing() throws {
    let values = (0..<1000).map { Float($0 % 97) / 64 }
    for separator in [",", ", ", " ,", "\n,\t"] {
      let text = "[ " + values.map { "\($0)" }.joined(separator: separator) + " ]"
      #expect(try floats(text) == values)
    }
  }

  @Test("200,000 random floats, and doubles read as floats, come back bit for bit")
  func floatRoundTrip() throws {
    let random = seededSource("floatRoundTrip")
    for _ in 0..<200 {
      let values = (0..<1000).compactMap { _ -> Float? in
        let value = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
        return value.isFinite ? value : nil
      }
      let json = written { $0.floats(values) }
      #expect(try floats(json).map(\.bitPattern) == values.map(\.bitPattern))
      // What Python sends: the 17 digits of the double.
      let wide = "[" + values.map { Double($0).description }.joined(separator: ",") + "]"
      #expect(try floats(wide).map(\.bitPattern) == values.map(\.bitPattern))
    }
  }

  @Test("200,000 random doubles come back bit for bit, and give the same float as Swift's reading")
  func doubleRoundTrip() throws {
    let random = seededSource("doubleRoundTrip")
    for index in 0..<200_000 {
      // Half of them in a range where floats are normal.
      let bits =
        index.isMultiple(of: 2)
        ? random.next()
        : random.next() & 0x800f_ffff_ffff_ffff | (1023 - 40 + random.next(below: 80)) << 52
      let value = Double(bitPattern: bits)
      guard value.isFinite else { continue }
      let json = written { $0.double(value) }
      #expect(try number(json).double.bitPattern == bits)
      var reader = JSONReader(Array(json.utf8))
      #expect(try reader.float().bitPattern == Float(value).bitPattern)
    }
  }

  @Test("random decimals of up to 30 digits are read as Swift reads them")
  func decimals() throws {
    let random = seededSource("decimals")
    for _ in 0..<50_000 {
      func digits() -> String {
        String((0...random.next(below: 15)).map { _ in Character(String(random.next(below: 10))) })
      }
      let whole = random.next(below: 3) == 0 ? "0" : "1" + digits()
      let text = "\(whole).\(digits())e\(Int(random.next(below: 100)) - 50)"
      let expected = try #require(Double(text))
      var reader = JSONReader(Array(text.utf8))
      #expect(try reader.double().bitPattern == expected.bitPattern, "\(text)")
      reader = JSONReader(Array(text.utf8))
      #expect(try reader.float().bitPattern == Float(expected).bitPattern, "\(text)")
    }
  }
}
