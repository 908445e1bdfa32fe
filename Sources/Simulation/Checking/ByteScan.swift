/// Looks for texts between doubled tildes, as `~~d17.2~~`, in every byte of a bucket. With single ones the bytes of a
/// vector or a checksum were such a text by chance, once in a thousand seeds.
package struct ByteScan {
  private let bucket: SimulatedBucket

  package init(_ bucket: SimulatedBucket) { self.bucket = bucket }

  /// The texts, each with the keys of the objects in which it stands.
  package func run() -> [String: [String]] {
    var found: [String: [String]] = [:]
    for (key, body) in bucket.bodies {
      for text in Set(Self.texts(in: body)) { found[text, default: []].append(key) }
    }
    return found
  }

  package static func texts(in text: String) -> [String] { texts(in: Array(text.utf8)) }

  /// A small letter, digits and a point stand between the tildes.
  static func texts(in bytes: [UInt8]) -> [String] {
    let tilde = UInt8(ascii: "~")
    func isMark(_ at: Int) -> Bool {
      at + 1 < bytes.count && bytes[at] == tilde && bytes[at + 1] == tilde
    }
    var texts: [String] = []
    var at = 0
    while let start = bytes[at...].firstIndex(of: tilde) {
      at = start + 1
      guard isMark(start), start + 2 < bytes.count, (97...122).contains(bytes[start + 2]) else {
        continue
      }
      var end = start + 3
      while end < bytes.count, (48...57).contains(bytes[end]) || bytes[end] == 46 { end += 1 }
      guard isMark(end), end > start + 3 else { continue }
      texts.append(String(decoding: bytes[start + 2..<end], as: UTF8.self))
      at = end + 2
    }
    return texts
  }
}
