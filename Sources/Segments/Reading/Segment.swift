package import FilterIndex
package import Model
import ObjectStore
import Synchronization
package import VectorIndex

/// Immutable rows, ascending by offset. What says which rows there are (ids, offsets, metadata) is at hand;
/// vectors and documents may have to be read from the bucket, and are asked for asynchronously.
package final class Segment: FilterableRows {
  package let summary: SegmentSummary
  /// Every metadata key with each type that a row has or once had, without those that begin with `chroma:`;
  /// ascending.
  package let observedKeys: [ObservedKey]
  package let metadataIndex: MetadataIndex
  /// Nil where the segment was made without.
  package let codes: CodeColumn?

  let key: String
  let footer: SegmentFooter
  let copy: any LocalCopy
  let reader: ColdReader
  let budget: SegmentBudget
  let documentTable: TextTable
  /// Which parts of the cold part are in the local copy.
  let codesAreLocal = Milestone()
  let vectorsAreLocal = Milestone()
  let documentsAreLocal = Milestone()
  /// Opened when they are first searched.
  let clusters = Mutex<ClusterColumn?>(nil)
  /// Bytes of the cold part that the budget knows of.
  let coldBytesTaken = Mutex(0)
  private let ids: TextTable
  private let idTable: IDTable
  private let offsets: ByteRegion
  private let uris: TextTable
  private let metadataTable: TextTable
  private let checksums: ByteRegion
  /// What was found wrong with the bytes after they had been opened.
  private let damage = Mutex<String?>(nil)

  package var id: UniqueID { summary.id }
  package var rowCount: Int { summary.rowCount }
  package var dimension: Int { summary.dimension }

  /// Opens a segment whose hot part is in the local copy. Where that was left by an earlier process, its cold part
  /// may be there as well.
  init(
    summary: SegmentSummary, key: String, copy: any LocalCopy, isLeftover: Bool = false,
    store: any ObjectStore, budget: SegmentBudget
  ) throws(SegmentError) {
    guard let tail = copy.region.slice(summary.hotOffset..<summary.size) else {
      throw .damaged(key: key, reason: "is smaller than the manifest says")
    }
    let footer = try SegmentFooter.read(from: tail, summary: summary, key: key)
    try Self.checkHot(copy.region, footer, key: key)
    // The system maps much of what lies before it, too, where its cache has large pages.
    copy.drop(0..<footer.hotOffset)
    do throws(BinaryError) {
      func section(_ kind: SectionKind) throws(BinaryError) -> ByteRegion {
        guard let range = footer.section(kind), range.lowerBound >= footer.hotOffset,
          let region = copy.region.slice(range)
        else { throw BinaryError("section \(kind) is missing") }
        return region
      }
      let rows = summary.rowCount
      guard let vectors = footer.section(.vectors), let norms = footer.section(.inverseNorms),
        let documents = footer.section(.documents),
        vectors.count == rows * summary.dimension * 4, norms.count == rows * 4,
        // They are read in place.
        vectors.lowerBound.isMultiple(of: 4), norms.lowerBound.isMultiple(of: 4),
        documents.upperBound <= footer.hotOffset, norms.upperBound <= footer.hotOffset,
        vectors.upperBound <= footer.hotOffset
      else { throw BinaryError("vectors or documents have another size") }
      documentTable = try TextTable(
        try section(.documentTable), rowCount: rows, textBytes: documents.count)
      ids = try TextTable(try section(.ids), rowCount: rows)
      uris = try TextTable(try section(.uris), rowCount: rows)
      metadataTable = try TextTable(try section(.metadata), rowCount: rows)
      idTable = try IDTable(try section(.idTable), rowCount: rows, seed: footer.hashSeed)
      offsets = try section(.offsets)
      checksums = try section(.checksums)
      guard offsets.count == rows * 8, checksums.count == rows * 16 else {
        throw BinaryError("columns have another number of rows")
      }
      metadataIndex = try MetadataIndex(try section(.metadataIndex), rowCount: rows)
      let order = footer.section(.codeOrder) == nil ? nil : try section(.codeOrder)
      let isOrderKnown = order.map(CodeOrder.isKnown) ?? true
      let coarse = Self.coarseSections.first {
        footer.section($0.kind) != nil && (isOrderKnown || !$0.isOrdered)
      }
      codes = try coarse.map { coarse throws(BinaryError) in
        let codes = try CodeColumn(
          try section(coarse.kind), layout: coarse.layout, rowCount: rows,
          dimension: summary.dimension,
          order: coarse.isOrdered
            ? try CodeOrder(
              try section(.codeOrder), rowCount: rows, dimension: summary.dimension) : nil)
        guard let fine = footer.section(.fineCodes), fine.lowerBound >= norms.upperBound,
          fine.upperBound <= documents.lowerBound,
          fine.count == CodeColumn.fineBytes(rows: rows, dimension: summary.dimension)
        else { throw BinaryError("fine codes are missing") }
        return codes
      }
    } catch {
      throw .damaged(key: key, reason: error.message)
    }
    self.summary = summary
    self.key = key
    self.footer = footer
    self.copy = copy
    self.budget = budget
    reader = ColdReader(
      store: store, key: key, blocks: footer.coldBlocks, size: footer.hotOffset,
      leftover: isLeftover
        ? LeftoverBytes(copy, blocks: footer.coldBlocks, size: footer.hotOffset) : nil,
      requestBytesMax: budget.requestBytesMax)
    observedKeys = footer.observedKeys
    if let codes, codes.ownBytes > 0, let coarse = footer.section(.coarseCodesInHalves) {
      // What they were made of is not needed again.
      copy.drop(coarse)
    }
    budget.addSegment(hot: hotBytes)
  }

  deinit {
    let converted = clusters.withLock { $0?.ownBytes ?? 0 }
    budget.removeSegment(
      hot: hotBytes + converted, cold: coldBytesTaken.withLock { $0 })
  }

  /// The hot part, and what had to be converted of it.
  private var hotBytes: Int { summary.size - summary.hotOffset + (codes?.ownBytes ?? 0) }

  private static func checkHot(
    _ region: ByteRegion, _ footer: SegmentFooter, key: String
  ) throws(SegmentError) {
    guard let hot = region.slice(footer.hotOffset..<footer.footerOffset) else {
      throw .damaged(key: key, reason: "is cut short")
    }
    guard hot.withBytes({ SegmentFooter.checksums(of: $0) }) == footer.hotBlocks else {
      throw .damaged(key: key, reason: "a checksum does not match")
    }
  }

  private static let coarseSections:
    [(kind: SectionKind, layout: CodeColumn.Layout, isOrdered: Bool)] = [
      (.orderedCoarseCodesWithRests, .withRests, true), (.orderedCoarseCodes, .inColumns, true),
      (.coarseCodesWithRests, .withRests, false), (.coarseCodes, .inColumns, false),
      (.coarseCodesWithFactors, .withFactors, false), (.coarseCodesInHalves, .halves, false),
    ]

  // MARK: Rows

  /// The row of the id; nil if the segment never had it.
  package func row(of id: Text) -> Int? { row(of: id, from: idTable.slot(of: id)) }

  private func row(of id: Text, from slot: Int) -> Int? {
    idTable.row(from: slot) { row in
      ids.bytes(row)?.withBytes { bytes in
        id.withUTF8 { bytes.elementsEqual(UnsafeRawBufferPointer($0)) }
      } ?? false
    }
  }

  /// The rows of the ids. What tells them is far apart in memory; it comes at the same time so.
  package func rows(of wanted: [Text]) -> [Int?] {
    let slots = wanted.map { idTable.slot(of: $0) }
    for slot in slots { idTable.prefetch(slot) }
    let candidates = slots.compactMap { idTable.candidate(at: $0) }
    for row in candidates {
      ids.prefetchRange(row)
      Prefetch.bytes(row * 8..<row * 8 + 8, of: offsets)
    }
    for row in candidates { ids.prefetchText(row) }
    return zip(wanted, slots).map { row(of: $0, from: $1) }
  }

  package func id(_ row: Int) -> Text {
    guard let id = ids.bytes(row)?.text else {
      noteDamage("row \(row) has no id")
      return ""
    }
    return id
  }

  package func offset(_ row: Int) -> UInt64 { offsets.load(at: row * 8) ?? .max }

  package func metadata(_ row: Int) -> Metadata {
    guard let bytes = metadataTable.bytes(row) else {
      noteDamage("row \(row) has no metadata")
      return Metadata()
    }
    do throws(BinaryError) {
      var reader = BinaryReader(bytes.array)
      return try Metadata(from: &reader)
    } catch {
      noteDamage("metadata of row \(row): \(error.message)")
      return Metadata()
    }
  }

  /// The same, without making anything of it where it can be read as it is.
  package func storedMetadata(_ row: Int) -> StoredMetadata {
    if let encoded = metadataTable.bytes(row).flatMap(EncodedMetadata.init) {
      return .encoded(encoded)
    }
    return .values(metadata(row))
  }

  /// Has what says where the row's parts are brought into the cache.
  package func prefetchRanges(_ row: Int) {
    ids.prefetchRange(row)
    metadataTable.prefetchRange(row)
    documentTable.prefetchRange(row)
    uris.prefetchRange(row)
  }

  /// Has the row's id and metadata brought into the cache.
  package func prefetchTexts(_ row: Int) {
    ids.prefetchText(row)
    metadataTable.prefetchText(row)
  }

  package func uri(_ row: Int) -> Text? { uris.bytes(row)?.text }

  package func hasDocument(_ row: Int) -> Bool { documentTable.isPresent(row) }

  /// Length in bytes of what the row has beside its vector.
  package func byteCount(of row: Int, withDocument: Bool) -> Int {
    ids.range(row).count + uris.range(row).count + metadataTable.range(row).count
      + (withDocument ? documentBytes(row) : 0)
  }

  /// Length of the row's document in bytes.
  package func documentBytes(_ row: Int) -> Int { documentTable.range(row).count }

  /// What the row adds to the collection's checksum.
  package func checksum(_ row: Int) -> UInt64 { checksums.load(at: row * 16) ?? 0 }

  /// CRC32C of the row's document, if it has one, and of its vector.
  package func contentChecksums(_ row: Int) -> (document: UInt32?, vector: UInt32) {
    let document = checksums.load(at: row * 16 + 8, as: UInt32.self) ?? 0
    return (
      hasDocument(row) ? document : nil, checksums.load(at: row * 16 + 12, as: UInt32.self) ?? 0
    )
  }

  package func checksums(of row: Int) -> RowChecksums {
    let content = contentChecksums(row)
    return RowChecksums(
      record: checksum(row), document: content.document, vector: content.vector)
  }

  // MARK: Damage

  private func noteDamage(_ reason: String) { damage.withLock { $0 = $0 ?? reason } }

  /// - Throws: where something that was read lately was not what it should be.
  package func checkIntegrity() throws(SegmentError) {
    if let reason = damage.withLock({ $0 }) { throw .damaged(key: key, reason: reason) }
  }
}
