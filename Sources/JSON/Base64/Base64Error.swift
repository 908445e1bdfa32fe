/// Why a text is not the base64 of floats, in the words of Rust's base64 crate and of Chroma.
package enum Base64Error: Error, Hashable, Sendable, CustomStringConvertible {
  /// A byte outside of the alphabet, or padding in the wrong place.
  case invalidByte(offset: Int, byte: UInt8)
  /// One symbol is left over; the length counts the symbols.
  case invalidLength(Int)
  /// The last symbol has bits that no byte takes.
  case invalidLastSymbol(offset: Int, byte: UInt8)
  case invalidPadding
  /// Valid base64, but its bytes are not whole floats.
  case partialFloat(byteCount: Int)

  package var description: String {
    switch self {
    case .invalidByte(let offset, let byte): "Invalid symbol \(byte), offset \(offset)."
    case .invalidLength(let length): "Invalid input length: \(length)"
    case .invalidLastSymbol(let offset, let byte):
      "Invalid last symbol \(byte), offset \(offset)."
    case .invalidPadding: "Invalid padding"
    case .partialFloat(let count):
      "\(count) bytes cannot be converted to f32 values (must be divisible by 4)"
    }
  }
}
