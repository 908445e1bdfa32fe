import FilterIndex
package import Model
import ObjectStore
package import VectorIndex

/// Collects rows, ascending by offset and with unique ids, and makes a segment of them.
package struct SegmentBuilder: Sendable {
  private let id: UniqueID
  private let dimension: Int
  private let hashSeed: UInt64
  /// The object so far: header and vectors.
  private var object: [UInt8]
  private var sections: [Section] = []
  private var inverseNorms: [Float] = []
  private var documents = TextTableBuilder()
  private var ids = TextTableBuilder()
  private var idHashes: [UInt64] = []
  private var offsets: [UInt64] = []
  private var uris = TextTableBuilder()
  private var metadata = TextTableBuilder()
  private var checksums = BinaryWriter()
  private var metadataIndex = MetadataIndexBuilder()
  private var textIndex: TextIndexBuilder
  private var observedKeys = ObservedKeys()
  private var codes: CodeEncoder?
  private var clusters: [UInt8]?
  private var order: (rows: [UInt32], section: [UInt8])?

  /// A builder of vectors with `dimension` components, at least 1; `hashSeed` is random. With an encoder for them, that
  /// has encoded nothing yet, the segment has codes.
  package init(id: UniqueID, dimension: Int, hashSeed: UInt64, codes: CodeEncoder? = nil) {
    precondition(codes == nil || (codes?.basis.dimension == dimension && codes?.count == 0))
    self.codes = codes
    self.id = id
    self.dimension = dimension
    self.hashSeed = hashSeed
    textIndex = TextIndexBuilder(seed: hashSeed)
    var header = BinaryWriter()
    header.write(SegmentFormat.magic)
    header.write(SegmentFormat.version)
    header.write(UInt16(0))
    object = header.bytes
    Self.pad(&object)
  }

  package var rowCount: Int { offsets.count }

  /// Makes room for so many rows, whose documents have so many bytes: what grows step by step takes up to twice its
  /// size on the way. The index of their words takes less than the documents. The object is made in `memory` where that
  /// has the room.
  package mutating func reserve(
    rows: Int, documentBytes: Int, withClusters: Bool = false, in memory: SegmentMemory? = nil
  ) {
    // In clusters each row has its coarse code twice again.
    let codeBytes =
      codes == nil ? 0 : dimension + dimension / 8 + 64 + (withClusters ? dimension / 4 + 64 : 0)
    let bytes =
      object.count + rows * (dimension * 4 + codeBytes + Self.otherRowBytes) + documentBytes * 2
    if let memory {
      memory.reserve(bytes, for: &object)
    } else {
      object.reserveCapacity(bytes)
    }
    documents.reserve(documentBytes)
    codes?.reserve(rows)
  }

  /// About what a row takes beside vector, codes and document.
  private static var otherRowBytes: Int { 160 }

  /// About the bytes that the segment will have.
  package var estimatedBytes: Int {
    object.count + documents.texts.count + textIndex.estimatedBytes + metadata.texts.count * 2
      + rowCount * 64
  }

  /// Keys that were seen in rows which are not there any more.
  package mutating func observe(_ keys: some Sequence<ObservedKey>) {
    observedKeys.formUnion(keys)
  }

  /// Appends a row. Where its vector has codes of the builder's basis already, these are copied; its checksums go
  /// with it unchanged from where they are known, so that they tell what has happened on the way.
  ///
  /// - Throws: `.tooLarge` where the segment can hold no more; nothing is then added that counts.
  package mutating func append(
    offset: UInt64, id: Text, vector: UnsafeBufferPointer<Float>,
    document: UnsafeBufferPointer<UInt8>?, uri: Text?, metadata values: Metadata,
    checksums known: RowChecksums? = nil, code: RowCode? = nil
  ) throws(SegmentError) {
    guard rowCount < Int(Int32.max), vector.count == dimension else {
      throw .tooLarge("a segment of \(rowCount) rows can hold no more")
    }
    var encoded = BinaryWriter()
    values.encode(into: &encoded)
    let fits =
      documents.append(document) && ids.append(id) && uris.append(uri)
      && encoded.bytes.withUnsafeBufferPointer { metadata.append($0) }
    guard fits else {
      throw .tooLarge("the texts of \(rowCount) rows fill a segment")
    }
    Self.appendFloats(vector, to: &object)
    inverseNorms.append(InverseNorm.of(vector))
    if let code {
      codes?.append(code.row, of: code.codes, code.fine, position: code.position)
    } else {
      codes?.append(vector)
    }
    offsets.append(offset)
    idHashes.append(StableHash.of(id, seed: hashSeed))
    metadataIndex.append(values)
    textIndex.append(document)
    let sums =
      known
      ?? RowChecksums(
        offset: offset, id: id, uri: uri, metadata: values,
        document: document.map { CRC32C.checksum(UnsafeRawBufferPointer($0)) },
        vector: CRC32C.checksum(UnsafeRawBufferPointer(vector)))
    checksums.write(sums.record)
    checksums.write(sums.document ?? 0)
    checksums.write(sums.vector)
    for entry in values.entries { observedKeys.insert(entry.key, entry.value.type) }
  }

  /// Divides the rows among clusters, if they have codes and searches gain by it. All rows must have been appended.
  ///
  /// - Throws: `.cancelled`, within some ten milliseconds.
  package mutating func makeClusters(
    distance: Distance, probesMin: Int
  ) async throws(SegmentError) {
    // Here, so that the builder of the clusters has no copy to write to.
    codes?.makeScreens()
    codes?.chooseShape()
    guard let codes else { return }
    do throws(CancellationError) {
      clusters = try await ClusterBuilder(
        of: AppendedVectors(object: object, dimension: dimension), codes: codes,
        distance: distance, seed: hashSeed, probesMin: probesMin
      ).build()
    } catch {
      throw .cancelled
    }
  }

  /// Puts the codes, if there are some, in an order in which searches need not look at all of them, if they gain by it. All rows must have been appended.
  ///
  /// - Throws: `.cancelled`, within some ten milliseconds.
  package mutating func makeOrder() async throws(SegmentError) {
    guard let codes else { return }
    do throws(CancellationError) {
      order = try await CodeOrderBuilder(
        of: AppendedVectors(object: object, dimension: dimension), codes: codes, seed: hashSeed
      ).build()
    } catch {
      throw .cancelled
    }
  }

  /// The segment with all rows that were appended; the builder is spent.
  package mutating func finish() -> BuiltSegment {
    codes?.chooseShape()
    let encoded = codes?.finish(order: order?.rows)
    close(.vectors, from: SegmentFormat.alignment)
    add(.inverseNorms, written { $0.write(floats: inverseNorms) })
    if let encoded { add(.fineCodes, encoded.fine) }
    add(.documents, documents.takeTexts())
    if let index = textIndex.finish() {
      add(.words, index.words)
      add(.wordRows, index.rows)
    }
    if let clusters { add(.clusters, clusters) }
    clusters = nil
    let hotOffset = object.count
    add(.documentTable, written { documents.writeTable(into: &$0) })
    for (kind, table) in [(SectionKind.ids, ids), (.uris, uris), (.metadata, metadata)] {
      add(
        kind,
        written {
          table.writeTable(into: &$0)
          $0.write(raw: table.texts)
        })
    }
    add(
      .idTable,
      written { writer in
        for slot in IDTable.build(hashes: idHashes) { writer.write(slot) }
      })
    add(.offsets, written { writer in for offset in offsets { writer.write(offset) } })
    add(.checksums, checksums.bytes)
    add(.metadataIndex, metadataIndex.finish())
    if let order { add(.codeOrder, order.section) }
    if let encoded {
      let kind = coarseKind(hasRests: encoded.layout == .withRests, hasOrder: order != nil)
      add(kind, encoded.coarse)
    }
    order = nil
    return seal(hotOffset: hotOffset)
  }

  private func coarseKind(hasRests: Bool, hasOrder: Bool) -> SectionKind {
    if hasOrder { return hasRests ? .orderedCoarseCodesWithRests : .orderedCoarseCodes }
    return hasRests ? .coarseCodesWithRests : .coarseCodes
  }

  private func written(_ body: (inout BinaryWriter) -> Void) -> [UInt8] {
    var writer = BinaryWriter()
    body(&writer)
    return writer.bytes
  }

  private mutating func add(_ kind: SectionKind, _ bytes: [UInt8]) {
    let start = object.count
    object.append(contentsOf: bytes)
    close(kind, from: start)
  }

  private mutating func close(_ kind: SectionKind, from start: Int) {
    sections.append(
      Section(kind: kind.rawValue, isIgnorable: kind.isIgnorable, range: start..<object.count))
    Self.pad(&object)
  }

  private mutating func seal(hotOffset: Int) -> BuiltSegment {
    let (cold, hot) = object.withUnsafeBytes { bytes in
      (
        SegmentFooter.checksums(of: UnsafeRawBufferPointer(rebasing: bytes[..<hotOffset])),
        SegmentFooter.checksums(of: UnsafeRawBufferPointer(rebasing: bytes[hotOffset...]))
      )
    }
    let footer = SegmentFooter(
      rowCount: rowCount, dimension: dimension, hashSeed: hashSeed, hotOffset: hotOffset,
      footerOffset: object.count, sections: sections, coldBlocks: cold, hotBlocks: hot,
      observedKeys: observedKeys.keys.sorted()
    ).encoded()
    let trailer = SegmentFooter.trailer(of: footer)
    object.append(contentsOf: footer)
    object.append(contentsOf: trailer.bytes)
    let summary = SegmentSummary(
      id: id, size: object.count, rowCount: rowCount, dimension: dimension, hotOffset: hotOffset,
      footerChecksum: trailer.checksum)
    return BuiltSegment(summary: summary, bytes: object)
  }

  private static func pad(_ object: inout [UInt8]) {
    let rest = object.count % SegmentFormat.alignment
    guard rest > 0 else { return }
    object.append(contentsOf: repeatElement(0, count: SegmentFormat.alignment - rest))
  }

  private static func appendFloats(_ floats: UnsafeBufferPointer<Float>, to object: inout [UInt8]) {
    #if _endian(little)
      object.append(contentsOf: UnsafeRawBufferPointer(floats))
    #else
      for float in floats {
        withUnsafeBytes(of: float.bitPattern.littleEndian) { object.append(contentsOf: $0) }
      }
    #endif
  }
}

/// The vectors of a segment under way.
private struct AppendedVectors: VectorRows {
  let object: [UInt8]
  let dimension: Int

  var count: Int { (object.count - SegmentFormat.alignment) / (dimension * 4) }

  func withVector<R>(_ row: Int, _ body: (UnsafeBufferPointer<Float>) -> R) -> R {
    let start = SegmentFormat.alignment + row * dimension * 4
    return object.withUnsafeBytes { bytes in
      let vector = UnsafeRawBufferPointer(rebasing: bytes[start..<start + dimension * 4])
      #if _endian(little)
        // Memory for many bytes is aligned for any number.
        return body(vector.assumingMemoryBound(to: Float.self))
      #else
        return vector.withMemoryRebound(to: UInt32.self) { numbers in
          let floats = numbers.map { Float(bitPattern: UInt32(littleEndian: $0)) }
          return floats.withUnsafeBufferPointer(body)
        }
      #endif
    }
  }
}
