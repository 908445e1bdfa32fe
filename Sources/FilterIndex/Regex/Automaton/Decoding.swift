/// The code point of two to four bytes at a place of a text, and their number. Bytes that are not UTF-8
/// stand for U+FFFD, each by itself.
func decode(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> (scalar: UInt32, length: Int) {
  let first = UInt32(text[at])
  let length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  guard first >= 0xc2, first < 0xf5, at &+ length <= text.count else { return (0xfffd, 1) }
  var scalar = first & (0xff >> UInt32(length &+ 1))
  for offset in 1..<length {
    let byte = UInt32(text[at &+ offset])
    guard byte & 0xc0 == 0x80 else { return (0xfffd, 1) }
    scalar = scalar << 6 | byte & 0x3f
  }
  return scalar <= CodePointSet.last ? (scalar, length) : (0xfffd, 1)
}

extension Alphabet {
  /// The class of any code point, from the page table.
  func symbol(wide scalar: UInt32) -> UInt32 {
    let entry = pageTable[Int(scalar >> 8)]
    if entry & Self.uniform != 0 { return entry & ~Self.uniform }
    return pages[Int(entry) &+ Int(scalar & 0xff)]
  }
}
