package import Model
package import ObjectStore
package import Segments

/// What a collection's manifest says of its state: the segments and which of their rows are dead. Its bytes are
/// described in docs/FORMAT.md.
package struct ManifestPayload: Hashable, Sendable {
  /// Where the dead rows of a segment are written down.
  package enum DeadRows: Hashable, Sendable {
    case none
    case inline([UInt8])
    /// An object of its own, beside the segments.
    case object(UniqueID)
  }

  package struct Part: Hashable, Sendable {
    package var summary: SegmentSummary
    package var dead: DeadRows
    /// Number of dead rows.
    package var deadCount: Int
    /// When the first of the dead rows died, or earlier; nil where none is dead.
    package var deadSince: StoreTime?

    package init(
      summary: SegmentSummary, dead: DeadRows, deadCount: Int = 0, deadSince: StoreTime? = nil
    ) {
      self.summary = summary
      self.dead = dead
      self.deadCount = deadCount
      self.deadSince = deadSince
    }
  }

  package var nextOffset: UInt64
  package var dimension: Int?
  package var isSealed: Bool
  package var liveCount: UInt64
  /// Sum over the live records, in any order.
  package var liveChecksum: UInt64
  package var parts: [Part]

  /// A manifest stays below this, so that one small GET reads it.
  package static let bytesMax = 64 << 10
  /// What is left of that for the state: the rest is for what a manifest condemns.
  package static let writtenBytesMax = 60 << 10
  /// Inline dead rows of all parts together.
  static let inlineBytesMax = 24 << 10

  package func encoded() -> [UInt8] {
    var writer = BinaryWriter()
    writer.write(nextOffset)
    writer.write(optional: dimension) { $0.write(length: $1) }
    writer.write(isSealed)
    writer.write(liveCount)
    writer.write(liveChecksum)
    writer.write(length: parts.count)
    for part in parts {
      part.summary.encode(into: &writer)
      writer.write(length: part.deadCount)
      writer.write(optional: part.deadSince) { $0.write($1.millisecondsSince1970) }
      switch part.dead {
      case .none:
        writer.write(UInt8(0))
      case .inline(let bytes):
        writer.write(UInt8(1))
        writer.write(length: bytes.count)
        writer.write(raw: bytes)
      case .object(let id):
        writer.write(UInt8(2))
        writer.write(id)
      }
    }
    return writer.bytes
  }

  package init(
    nextOffset: UInt64, dimension: Int?, isSealed: Bool, liveCount: UInt64, liveChecksum: UInt64,
    parts: [Part]
  ) {
    self.nextOffset = nextOffset
    self.dimension = dimension
    self.isSealed = isSealed
    self.liveCount = liveCount
    self.liveChecksum = liveChecksum
    self.parts = parts
  }

  /// - Throws: where the bytes are no payload, or one that contradicts itself.
  package init(encoded bytes: [UInt8]) throws(BinaryError) {
    guard bytes.count <= Self.bytesMax else {
      throw BinaryError("has \(bytes.count) bytes of at most \(Self.bytesMax)")
    }
    var reader = BinaryReader(bytes)
    nextOffset = try reader.readInteger()
    guard nextOffset <= UInt64(Int64.max) else { throw BinaryError("offset \(nextOffset)") }
    dimension = try reader.readOptional { reader throws(BinaryError) in
      try reader.readLength(unit: 0)
    }
    isSealed = try reader.readBool()
    liveCount = try reader.readInteger()
    liveChecksum = try reader.readInteger()
    parts = try reader.readList(unit: 18) { reader throws(BinaryError) in
      let summary = try SegmentSummary(from: &reader)
      let deadCount = try reader.readLength(unit: 0)
      let deadSince = try reader.readOptional { reader throws(BinaryError) in
        StoreTime(millisecondsSince1970: try reader.readInteger())
      }
      let dead: DeadRows
      switch try reader.readInteger(UInt8.self) {
      case 0: dead = .none
      case 1: dead = .inline(Array(try reader.readRaw(try reader.readLength())))
      case 2: dead = .object(try reader.readID())
      case let code: throw BinaryError("dead rows of kind \(code) are not known")
      }
      return Part(
        summary: summary, dead: dead, deadCount: deadCount, deadSince: deadSince)
    }
    try reader.finish()
    for part in parts { try check(part) }
  }

  private func check(_ part: Part) throws(BinaryError) {
    let summary = part.summary
    guard summary.dimension == dimension else {
      throw BinaryError("segment \(summary.id) has vectors of another dimension")
    }
    guard part.deadCount <= summary.rowCount, part.deadCount > 0 || part.dead == .none,
      part.deadCount == 0 || part.dead != .none
    else { throw BinaryError("the dead rows of segment \(summary.id) contradict each other") }
    if let since = part.deadSince {
      guard part.deadCount > 0, Self.times.contains(since.millisecondsSince1970) else {
        throw BinaryError("rows of segment \(summary.id) died at \(since.millisecondsSince1970)")
      }
    }
  }

  /// Milliseconds since 1970, up to the year 10000.
  private static let times: Range<Int64> = 0..<253_402_300_800_000

  /// The objects that must be there as long as this manifest is the newest.
  package var names: [UniqueID] {
    parts.flatMap { part in
      if case .object(let id) = part.dead { [part.summary.id, id] } else { [part.summary.id] }
    }
  }
}
