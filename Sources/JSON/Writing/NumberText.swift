/// How numbers are spelled: as serde_json 1.0 spells them, the fewest digits that read back as the same
/// number, with a point or an exponent.
///
/// Plain (`0.00001`, `16777216.0`) where the first digit's power of ten is -5...15 for a double and
/// -6...12 for a float, else with exponent (`1e-7`, `1.5e+300`).
enum NumberText {
  static func string(_ value: Double) -> String {
    var bytes = JSONBytes(capacity: 32)
    append(value, to: &bytes)
    return bytes.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// `value` must be finite.
  static func append(_ value: Double, to bytes: inout JSONBytes) {
    let magnitude = value.magnitude
    let text = value.description
    if magnitude >= 1e-4 && magnitude < 0x1p53 || magnitude == 0 {
      bytes.append(contentsOf: text.utf8)
    } else {
      respell(text, plain: -5...15, to: &bytes)
    }
  }

  /// `value` must be finite.
  @inline(__always)
  static func append(_ value: Float, to bytes: inout JSONBytes) {
    let magnitude = value.magnitude
    let text = value.description
    if magnitude >= 1e-4 && magnitude < 0x1p24 || magnitude == 0 {
      bytes.append(contentsOf: text.utf8)
    } else {
      respell(text, plain: -6...12, to: &bytes)
    }
  }

  /// Takes digits and exponent from Swift's spelling, which is the shortest too, and lays them out.
  @inline(never)
  private static func respell(_ text: String, plain: ClosedRange<Int>, to bytes: inout JSONBytes) {
    var digits: [UInt8] = []
    /// The power of ten of the first digit.
    var exponent = -1
    var sawPoint = false
    var written = text.utf8[...]
    if written.first == Byte.minus {
      bytes.append(Byte.minus)
      written.removeFirst()
    }
    while let byte = written.popFirst() {
      if byte == UInt8(ascii: "e") {
        exponent += Int(String(decoding: written, as: UTF8.self)) ?? 0
        break
      }
      if byte == Byte.point {
        sawPoint = true
        continue
      }
      if digits.isEmpty && byte == Byte.zero {
        if sawPoint { exponent -= 1 }
        continue
      }
      digits.append(byte)
      if !sawPoint { exponent += 1 }
    }
    while digits.last == Byte.zero { digits.removeLast() }
    if plain.contains(exponent) {
      appendPlain(digits, exponent, to: &bytes)
    } else {
      appendScientific(digits, exponent, to: &bytes)
    }
  }

  private static func appendPlain(_ digits: [UInt8], _ exponent: Int, to bytes: inout JSONBytes) {
    if exponent < 0 {
      bytes.append(contentsOf: [Byte.zero, Byte.point])
      bytes.append(contentsOf: repeatElement(Byte.zero, count: -exponent - 1))
      bytes.append(contentsOf: digits)
      return
    }
    let whole = exponent + 1
    bytes.append(contentsOf: digits.prefix(whole))
    bytes.append(contentsOf: repeatElement(Byte.zero, count: max(0, whole - digits.count)))
    bytes.append(Byte.point)
    if digits.count > whole {
      bytes.append(contentsOf: digits[whole...])
    } else {
      bytes.append(Byte.zero)
    }
  }

  private static func appendScientific(
    _ digits: [UInt8], _ exponent: Int, to bytes: inout JSONBytes
  ) {
    bytes.append(contentsOf: digits.prefix(1))
    if digits.count > 1 {
      bytes.append(Byte.point)
      bytes.append(contentsOf: digits[1...])
    }
    bytes.append(UInt8(ascii: "e"))
    if exponent > 0 { bytes.append(Byte.plus) }
    bytes.append(contentsOf: exponent.description.utf8)
  }
}
