import Model
import ObjectStore

/// What all objects of a log have in common, whatever their version: a magic number and the version at the
/// beginning, CRC32C at the end.
enum LogObject {
  /// Largest object that is read; a larger one is damage.
  static let bytesMax = 1 << 30

  /// The object without its checksum, once that was found right.
  ///
  /// The checksum is looked at before the version: a flipped bit is damage, not a newer format.
  static func checkedBody(
    of object: [UInt8], magic: UInt32
  ) throws(BinaryError) -> ArraySlice<UInt8> {
    guard object.count >= 10, object.count <= bytesMax else {
      throw BinaryError("\(object.count) bytes cannot be such an object")
    }
    var head = BinaryReader(object)
    guard try head.readInteger(UInt32.self) == magic else {
      throw BinaryError("does not begin as it should")
    }
    let body = object[..<(object.count - 4)]
    var tail = BinaryReader(object[(object.count - 4)...])
    guard try tail.readInteger(UInt32.self) == CRC32C.checksum(body) else {
      throw BinaryError("checksum does not match")
    }
    return body
  }

  static func version(of object: [UInt8]) throws(BinaryError) -> UInt16 {
    var head = BinaryReader(object)
    _ = try head.readRaw(4)
    let version = try head.readInteger(UInt16.self)
    guard version > 0 else { throw BinaryError("format version 0") }
    return version
  }
}
