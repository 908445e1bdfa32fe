import Model
import ObjectStore

/// Bytes of a log entry; docs/FORMAT.md shows them one by one.
package enum LogEntryCodec {
  /// "APLG"
  static let magic: UInt32 = 0x474c_5041
  /// The newest format this version writes, and the newest that it reads.
  package static let formatVersion = FormatVersion.newest

  package static func encode(_ entry: LogEntry, formatVersion: UInt16 = formatVersion) -> [UInt8] {
    var object = OpenLogEntry(estimatedBytes: entry.payload.count)
    object.payload.write(raw: entry.payload)
    return object.close(
      number: entry.number, previousHash: entry.previousHash, writer: entry.writer,
      putID: entry.putID, formatVersion: formatVersion
    ).object
  }

  /// - Throws: `LogObjectError`, where the object at `key` is not a whole entry with this number.
  package static func decode(
    _ object: [UInt8], number: UInt64, key: String
  ) throws(LogObjectError) -> LogEntry {
    let version: UInt16
    let body: ArraySlice<UInt8>
    do throws(BinaryError) {
      body = try LogObject.checkedBody(of: object, magic: magic)
      version = try LogObject.version(of: object)
    } catch {
      throw .damaged(key: key, reason: error.message)
    }
    guard version <= formatVersion else { throw .newerFormat(key: key, version: version) }
    do throws(BinaryError) {
      return try decodeBody(body, number: number)
    } catch {
      throw .damaged(key: key, reason: error.message)
    }
  }

  private static func decodeBody(
    _ body: ArraySlice<UInt8>, number: UInt64
  ) throws(BinaryError) -> LogEntry {
    var reader = BinaryReader(body)
    _ = try reader.readRaw(6)
    guard try reader.readInteger(UInt16.self) == 0 else {
      throw BinaryError("reserved bits are set")
    }
    let stored = try reader.readInteger(UInt64.self)
    guard stored == number else { throw BinaryError("is entry \(stored), not \(number)") }
    guard let previousHash = LogHash(bytes: try reader.readRaw(32)) else {
      throw BinaryError("hash is cut short")
    }
    let writer = try reader.readID()
    let putID = try reader.readID()
    let count = try reader.readInteger(UInt64.self)
    guard count == UInt64(reader.remaining) else {
      throw BinaryError("payload of \(count) bytes where \(reader.remaining) are there")
    }
    return LogEntry(
      number: number, previousHash: previousHash, writer: writer, putID: putID,
      payload: try reader.readRaw(Int(count)))
  }
}

/// What is wrong with an object of a log.
package enum LogObjectError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The object at `key` is not what it should be (S7).
  case damaged(key: String, reason: String)
  /// The object needs a newer version of Apus than this one (S9).
  case newerFormat(key: String, version: UInt16)

  package var description: String {
    switch self {
    case .damaged(let key, let reason): "object \(key) is damaged: \(reason)"
    case .newerFormat(let key, let version):
      "object \(key) has format version \(version); this server reads versions up to "
        + "\(LogEntryCodec.formatVersion): use the newer version of Apus that wrote it"
    }
  }
}
