import Model
import ObjectStore

/// Bytes of a manifest; docs/FORMAT.md shows them one by one.
package enum ManifestCodec {
  /// "APMF"
  static let magic: UInt32 = 0x464d_5041
  /// The newest format this version writes, and the newest that it reads.
  package static let formatVersion = FormatVersion.newest
  private static let finalFlag: UInt8 = 1
  /// Bytes of a manifest beside its payload and what it condemns, at most.
  static let overheadBytes = 160

  /// How many objects a manifest with so large a payload may condemn without being larger than `bytesMax`.
  package static func condemnedMax(besidePayload payloadBytes: Int, bytesMax: Int) -> Int {
    max(bytesMax - overheadBytes - payloadBytes, 0) / 16
  }

  package static func encode(
    _ manifest: Manifest, formatVersion: UInt16 = formatVersion
  ) -> [UInt8] {
    var writer = BinaryWriter(
      reservingCapacity: manifest.payload.count + manifest.condemned.count * 16 + overheadBytes)
    writer.write(magic)
    writer.write(formatVersion)
    writer.write(manifest.writerVersion)
    writer.write(manifest.number)
    writer.write(manifest.position)
    writer.write(raw: manifest.entryHash.bytes)
    writer.write(manifest.writer)
    writer.write(manifest.putID)
    writer.write(manifest.isFinal ? finalFlag : 0)
    writer.write(length: manifest.condemned.count)
    for id in manifest.condemned { writer.write(id) }
    writer.write(length: manifest.payload.count)
    writer.write(raw: manifest.payload)
    writer.write(CRC32C.checksum(writer.bytes))
    return writer.bytes
  }

  /// - Returns: Nil where the object was emptied: some newer manifest exists.
  /// - Throws: `LogObjectError`, where the object at `key` is not a whole manifest with this number.
  package static func decode(
    _ object: [UInt8], number: UInt64, key: String
  ) throws(LogObjectError) -> Manifest? {
    guard !object.isEmpty else { return nil }
    let body: ArraySlice<UInt8>
    let version: UInt16
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
  ) throws(BinaryError) -> Manifest {
    var reader = BinaryReader(body)
    _ = try reader.readRaw(6)
    let writerVersion = try reader.readInteger(UInt16.self)
    let stored = try reader.readInteger(UInt64.self)
    guard stored == number else { throw BinaryError("is manifest \(stored), not \(number)") }
    let position = try reader.readInteger(UInt64.self)
    guard position <= LogKeys.numberMax else { throw BinaryError("covers entry \(position)") }
    guard let entryHash = LogHash(bytes: try reader.readRaw(32)) else {
      throw BinaryError("hash is cut short")
    }
    let writer = try reader.readID()
    let putID = try reader.readID()
    let flags = try reader.readInteger(UInt8.self)
    guard flags & ~finalFlag == 0 else { throw BinaryError("flags \(flags) are not known") }
    let condemned = try reader.readList(unit: 16) { reader throws(BinaryError) in
      try reader.readID()
    }
    let payload = Array(try reader.readRaw(try reader.readLength()))
    try reader.finish()
    return Manifest(
      number: number, writer: writer, putID: putID, position: position, entryHash: entryHash,
      isFinal: flags & finalFlag != 0, condemned: condemned, payload: payload,
      writerVersion: writerVersion)
  }
}
