import Model

/// Constants of the format, which docs/FORMAT.md describes byte by byte.
package enum SegmentFormat {
  /// "APSG"
  static let magic: UInt32 = 0x4753_5041
  /// The newest format this version writes, and the newest that it reads.
  static let version = FormatVersion.newest
  /// Magic, version, reserved.
  static let headerBytes = 8
  /// Length of the footer, its CRC32C, magic.
  static let trailerBytes = 12
  /// Sections begin at multiples of this.
  static let alignment = 64
  /// Each stretch of so many bytes has a checksum of its own, so that parts can be read and checked.
  static let blockBytes = 64 << 10
  /// No section has more bytes: offsets within it are 32 bits.
  static let sectionBytesMax = Int(UInt32.max)
}

/// What a section of a segment holds.
enum SectionKind: UInt16, CaseIterable {
  /// The vectors' components, row by row, f32.
  case vectors = 1
  /// Per row 1 / (|a| + 1e-32), f32.
  case inverseNorms = 2
  /// The documents' UTF-8, one after the other.
  case documents = 3
  /// Per row where its document begins, then which rows have one.
  case documentTable = 4
  case ids = 5
  /// A hash table from ids to rows.
  case idTable = 6
  /// Per row its offset, u64.
  case offsets = 7
  case uris = 8
  /// Per row its metadata.
  case metadata = 9
  /// Per row the record's checksum, and those of its document and vector.
  case checksums = 10
  case metadataIndex = 11
  /// The fine codes of vectors, row by row.
  case fineCodes = 12
  /// The coarse codes of vectors, and what they are relative to, as segments had them first.
  case coarseCodesInHalves = 13
  /// The words of the documents.
  case words = 14
  /// Which rows have each word.
  case wordRows = 15
  /// Rows in clusters, with their coarse codes once more.
  case clusters = 16
  /// The same as segments had them next.
  case coarseCodesWithFactors = 17
  /// The coarse codes of vectors, and what they are relative to.
  case coarseCodes = 18
  /// The same of wide vectors, with a part of each row's code behind those of all.
  case coarseCodesWithRests = 19
  /// The coarse codes in an order of their own, and the same with rests.
  case orderedCoarseCodes = 20
  case orderedCoarseCodesWithRests = 21
  /// That order.
  case codeOrder = 22

  /// Whether a version that does not know the kind may pass it over: without codes, search looks at the vectors,
  /// without clusters at all codes, without words at the documents.
  var isIgnorable: Bool { rawValue >= SectionKind.fineCodes.rawValue }
}

struct Section: Hashable, Sendable {
  let kind: UInt16
  /// A version that does not know the kind may pass it over.
  let isIgnorable: Bool
  let range: Range<Int>
}
