import Model
import ObjectStore

/// The end of a segment: where everything is, and the checksums of it.
struct SegmentFooter: Hashable, Sendable {
  var rowCount: Int
  var dimension: Int
  /// Of the id table.
  var hashSeed: UInt64
  var hotOffset: Int
  /// Where the footer begins.
  var footerOffset: Int
  var sections: [Section]
  /// CRC32C of each block of the bytes before `hotOffset`.
  var coldBlocks: [UInt32]
  /// The same of those from `hotOffset` to the footer.
  var hotBlocks: [UInt32]
  var observedKeys: [ObservedKey]

  func section(_ kind: SectionKind) -> Range<Int>? {
    sections.first { $0.kind == kind.rawValue }?.range
  }

  func encoded(version: UInt16 = SegmentFormat.version) -> [UInt8] {
    var writer = BinaryWriter()
    writer.write(version)
    writer.write(length: rowCount)
    writer.write(length: dimension)
    writer.write(hashSeed)
    writer.write(length: hotOffset)
    writer.write(length: footerOffset)
    writer.write(length: sections.count)
    for section in sections {
      writer.write(section.kind)
      writer.write(section.isIgnorable)
      writer.write(length: section.range.lowerBound)
      writer.write(length: section.range.count)
    }
    for blocks in [coldBlocks, hotBlocks] {
      writer.write(length: blocks.count)
      for block in blocks { writer.write(block) }
    }
    writer.write(length: observedKeys.count)
    for observed in observedKeys {
      writer.write(observed.key)
      writer.write(observed.type.rawValue)
    }
    return writer.bytes
  }

  /// Footer, its length and checksum, and the magic number, as they stand at the end of the object.
  static func trailer(of footer: [UInt8]) -> (bytes: [UInt8], checksum: UInt32) {
    let checksum = CRC32C.checksum(footer)
    var writer = BinaryWriter()
    writer.write(UInt32(footer.count))
    writer.write(checksum)
    writer.write(SegmentFormat.magic)
    return (writer.bytes, checksum)
  }

  /// Reads the footer from `tail`, the object from `summary.hotOffset` to its end.
  static func read(
    from tail: ByteRegion, summary: SegmentSummary, key: String
  ) throws(SegmentError) -> SegmentFooter {
    let end = tail.count
    guard end >= SegmentFormat.trailerBytes,
      tail.load(at: end - 4, as: UInt32.self) == SegmentFormat.magic,
      let length = tail.load(at: end - 12, as: UInt32.self),
      let stored = tail.load(at: end - 8, as: UInt32.self), Int(length) <= end - 12,
      let bytes = tail.slice(end - 12 - Int(length)..<end - 12)
    else { throw .damaged(key: key, reason: "does not end as a segment") }
    let checksum = bytes.withBytes { CRC32C.checksum($0) }
    guard checksum == stored, stored == summary.footerChecksum else {
      throw .damaged(key: key, reason: "the footer's checksum does not match")
    }
    guard let version = bytes.load(at: 0, as: UInt16.self), version > 0 else {
      throw .damaged(key: key, reason: "the footer has no version")
    }
    guard version <= SegmentFormat.version else {
      throw .newerFormat(key: key, version: version)
    }
    do throws(BinaryError) {
      var reader = BinaryReader(bytes.array)
      let footer = try SegmentFooter(from: &reader)
      try footer.check(against: summary, footerLength: Int(length))
      return footer
    } catch {
      throw .damaged(key: key, reason: error.message)
    }
  }

  private func check(
    against summary: SegmentSummary, footerLength: Int
  ) throws(BinaryError) {
    guard rowCount == summary.rowCount, dimension == summary.dimension,
      hotOffset == summary.hotOffset,
      footerOffset + footerLength + SegmentFormat.trailerBytes == summary.size,
      hotOffset <= footerOffset
    else { throw BinaryError("the footer contradicts the manifest") }
    guard coldBlocks.count == Self.blockCount(hotOffset),
      hotBlocks.count == Self.blockCount(footerOffset - hotOffset)
    else { throw BinaryError("checksums are missing") }
    for section in sections where section.range.upperBound > footerOffset {
      throw BinaryError("section \(section.kind) reaches beyond the footer")
    }
  }

  static func blockCount(_ bytes: Int) -> Int {
    (bytes + SegmentFormat.blockBytes - 1) / SegmentFormat.blockBytes
  }

  /// CRC32C of each block.
  static func checksums(of bytes: UnsafeRawBufferPointer) -> [UInt32] {
    stride(from: 0, to: bytes.count, by: SegmentFormat.blockBytes).map { start in
      let end = min(start + SegmentFormat.blockBytes, bytes.count)
      return CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
    }
  }
}

extension SegmentFooter {
  fileprivate init(from reader: inout BinaryReader) throws(BinaryError) {
    _ = try reader.readInteger(UInt16.self)
    rowCount = try reader.readLength(unit: 0)
    dimension = try reader.readLength(unit: 0)
    hashSeed = try reader.readInteger()
    hotOffset = try reader.readLength(unit: 0)
    footerOffset = try reader.readLength(unit: 0)
    sections = try reader.readList(unit: 5) { reader throws(BinaryError) in
      let kind = try reader.readInteger(UInt16.self)
      let isIgnorable = try reader.readBool()
      let start = try reader.readLength(unit: 0)
      let count = try reader.readLength(unit: 0)
      guard SectionKind(rawValue: kind) != nil || isIgnorable else {
        throw BinaryError("section of kind \(kind) is not known")
      }
      return Section(kind: kind, isIgnorable: isIgnorable, range: start..<start + count)
    }
    coldBlocks = try reader.readList(unit: 4) { reader throws(BinaryError) in
      try reader.readInteger()
    }
    hotBlocks = try reader.readList(unit: 4) { reader throws(BinaryError) in
      try reader.readInteger()
    }
    observedKeys = try reader.readList(unit: 2) { reader throws(BinaryError) in
      let key = try reader.readText()
      let code = try reader.readInteger(UInt8.self)
      guard let type = MetadataType(rawValue: code) else {
        throw BinaryError("metadata type \(code) is not known")
      }
      return ObservedKey(key: key, type: type)
    }
    try reader.finish()
  }
}
