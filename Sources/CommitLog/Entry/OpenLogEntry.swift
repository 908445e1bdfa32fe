import Model
import ObjectStore

/// The object of a log entry whose payload is being written, behind room for what goes before it: so that the payload is written
/// once.
struct OpenLogEntry {
  /// Takes the payload.
  var payload: BinaryWriter

  /// Magic, version, reserved; number, hash of the entry before, writer, PUT; length of the payload.
  private static let headerBytes = 4 + 2 + 2 + 8 + 32 + 16 + 16 + 8
  private static let checksumBytes = 4

  /// Has room for a payload of about so many bytes.
  init(estimatedBytes: Int) {
    payload = BinaryWriter(
      reservingCapacity: Self.headerBytes + estimatedBytes + Self.checksumBytes)
    payload.write(raw: repeatElement(0, count: Self.headerBytes))
  }

  var payloadBytes: Int { payload.count - Self.headerBytes }

  /// Drops everything that was written since `payloadBytes` was this.
  mutating func truncatePayload(to bytes: Int) { payload.truncate(to: Self.headerBytes + bytes) }

  /// What was written of the payload.
  var payloadSoFar: ArraySlice<UInt8> { payload.bytes[Self.headerBytes...] }

  /// Writes what goes around the payload.
  /// - Returns: The entry, and its bytes.
  mutating func close(
    number: UInt64, previousHash: LogHash, writer: UniqueID, putID: UniqueID,
    formatVersion: UInt16 = LogEntryCodec.formatVersion
  ) -> (entry: LogEntry, object: [UInt8]) {
    var header = BinaryWriter(reservingCapacity: Self.headerBytes)
    header.write(LogEntryCodec.magic)
    header.write(formatVersion)
    header.write(UInt16(0))
    header.write(number)
    header.write(raw: previousHash.bytes)
    header.write(writer)
    header.write(putID)
    header.write(UInt64(payloadBytes))
    precondition(header.count == Self.headerBytes)
    payload.replaceFirst(with: header.bytes)
    payload.write(CRC32C.checksum(payload.bytes))
    let object = payload.bytes
    let entry = LogEntry(
      number: number, previousHash: previousHash, writer: writer, putID: putID,
      payload: object[Self.headerBytes..<object.count - Self.checksumBytes])
    return (entry, object)
  }
}
