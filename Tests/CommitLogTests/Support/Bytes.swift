import FoundationEssentials
import Model
import ObjectStore

/// The bytes that pairs of hexadecimal digits stand for; white space is passed over. Nil for anything else.
func hexBytes(_ text: String) -> [UInt8]? {
  let digits = text.filter { !$0.isWhitespace }
  guard digits.utf8.count.isMultiple(of: 2) else { return nil }
  var bytes: [UInt8] = []
  var rest = digits[...]
  while !rest.isEmpty {
    guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
    bytes.append(byte)
    rest = rest.dropFirst(2)
  }
  return bytes
}

/// The bytes with their checksum behind them.
func sealed(_ bytes: [UInt8]) -> [UInt8] {
  var writer = BinaryWriter()
  writer.write(raw: bytes)
  writer.write(CRC32C.checksum(bytes))
  return writer.bytes
}

/// A seeded generator; the seed is printed and can be given as APUS_SEED.
func seededSource(_ name: String) -> SeededRandomSource {
  let given = ProcessInfo.processInfo.environment["APUS_SEED"].flatMap { UInt64($0) }
  let seed = given ?? SystemRandomSource().next()
  print("\(name): APUS_SEED=\(seed)")
  return SeededRandomSource(seed: seed)
}
