/// Reads the numbers of UnicodeTables: digits of five bits, low first, the upper half of the alphabet for
/// those that another digit follows.
struct PackedNumbers: Sequence, IteratorProtocol {
  private static let values: [UInt8] = {
    let digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVabcdefghijklmnopqrstuvwxyzWXYZ+-"
    var values = [UInt8](repeating: 0, count: 256)
    for (value, digit) in digits.utf8.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()

  private let text: StaticString
  private var at = 0

  init(_ text: StaticString) { self.text = text }

  mutating func next() -> UInt32? {
    var value: UInt32 = 0
    var shift: UInt32 = 0
    while at < text.utf8CodeUnitCount {
      let digit = UInt32(Self.values[Int(text.utf8Start[at])])
      at += 1
      value |= (digit & 31) &<< shift
      guard digit >= 32 else { return value }
      shift += 5
    }
    return nil
  }
}

extension CodePointSet {
  /// Reads a set as UnicodeTables holds it: gaps and lengths less one, in turn.
  init(packed text: StaticString) {
    var ranges: [ClosedRange<UInt32>] = []
    var numbers = PackedNumbers(text)
    var end: UInt32 = 0
    while let gap = numbers.next(), let length = numbers.next() {
      ranges.append(end + gap...end + gap + length)
      end += gap + length + 1
    }
    self.init(ranges)
  }
}
