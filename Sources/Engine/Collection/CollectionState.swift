import CommitLog
package import Model
import ObjectStore
import Segments
import VectorIndex

/// All records of a collection after some entry of its log: what the manifest's segments hold, and the tail of
/// what came since. A value: copies are cheap, and a reader's copy never changes.
///
/// A record lives in one place: a row of a segment that is not dead, or a row of the tail. Its order among the
/// others is that of its *offset*, the number of records that had been inserted before it.
package struct CollectionState: Sendable {
  package let id: UniqueID
  /// Components per vector, from the first record on.
  package internal(set) var dimension: Int?
  /// The collection was deleted; its log takes nothing more.
  package internal(set) var isSealed = false
  private var keys = ObservedKeys()
  /// The number of records ever inserted.
  package private(set) var nextOffset: UInt64 = 0
  /// The sum of the checksums of all live records.
  package private(set) var liveChecksum: UInt64 = 0
  package private(set) var segments: [SegmentPart] = []
  private(set) var tail = Tail()

  package init(id: UniqueID) { self.id = id }

  /// What a manifest describes.
  package init(
    id: UniqueID, dimension: Int?, nextOffset: UInt64, liveChecksum: UInt64, isSealed: Bool,
    parts: [SegmentPart]
  ) {
    self.id = id
    self.dimension = dimension
    self.nextOffset = nextOffset
    self.liveChecksum = liveChecksum
    self.isSealed = isSealed
    segments = parts
    for part in parts { keys.formUnion(part.segment.observedKeys) }
  }

  /// Every metadata key with each type that a record has or once had, without those that begin with `chroma:`.
  package var observedKeys: Set<ObservedKey> { keys.keys }

  /// Number of records.
  package var count: Int { segments.reduce(tail.count) { $0 + $1.liveCount } }

  // MARK: Finding records

  enum Place: Hashable, Sendable {
    case tail(Int)
    case segment(Int, row: Int)
  }

  func place(of id: Text) -> Place? {
    if let row = tail.row(of: id) { return .tail(Int(row)) }
    for index in segments.indices {
      if let row = segments[index].segment.row(of: id), segments[index].isLive(row) {
        return .segment(index, row: row)
      }
    }
    return nil
  }

  /// So many ids are looked up together: with more, what was fetched first would be gone when it is read.
  private static let idsPerBunch = 512

  /// Calls `body` with the place of each of several ids, in their order.
  func forEachPlace(of ids: [Text], _ body: (Place?) -> Void) {
    guard ids.count > 1 else { return ids.forEach { body(place(of: $0)) } }
    for start in stride(from: 0, to: ids.count, by: Self.idsPerBunch) {
      let bunch = ids[start..<min(start + Self.idsPerBunch, ids.count)]
      places(of: Array(bunch)).forEach(body)
    }
  }

  private func places(of ids: [Text]) -> [Place?] {
    var places = [Place?](repeating: nil, count: ids.count)
    if tail.count > 0 {
      for (index, id) in ids.enumerated() {
        places[index] = tail.row(of: id).map { .tail(Int($0)) }
      }
    }
    for part in segments.indices {
      let missing = places.indices.filter { places[$0] == nil }
      guard !missing.isEmpty else { break }
      let rows = segments[part].segment.rows(of: missing.map { ids[$0] })
      for (index, row) in zip(missing, rows) {
        guard let row, segments[part].isLive(row) else { continue }
        places[index] = .segment(part, row: row)
      }
    }
    return places
  }

  func offset(of place: Place) -> UInt64 {
    switch place {
    case .tail(let row): tail.record(row)?.offset ?? .max
    case .segment(let index, let row): segments[index].segment.offset(row)
    }
  }

  func recordID(at place: Place) -> Text? {
    switch place {
    case .tail(let row): tail.record(row)?.id
    case .segment(let index, let row): segments[index].segment.id(row)
    }
  }

  // MARK: Changes

  /// Inserts a record that is not there yet, behind all others.
  mutating func insert(
    id: Text, vector: ArraySlice<Float>, document: Text?, uri: Text?, metadata: Metadata
  ) {
    let vectorRow = tail.append(vector, of: tail.nextRow)
    let record = TailRecord(
      offset: nextOffset, id: id, document: document.map { .own($0) } ?? .none, uri: uri,
      metadata: metadata, vector: .own(vectorRow),
      documentChecksum: document.map(Self.checksum), vectorChecksum: Self.checksum(vector))
    nextOffset += 1
    liveChecksum &+= record.checksum
    tail.insert(record)
  }

  /// Changes those parts of a record that are given.
  mutating func change(
    _ place: Place, vector: ArraySlice<Float>?, document: Text?, uri: Text?,
    metadata change: MetadataChange?
  ) {
    switch place {
    case .tail(let row):
      changeTail(row, vector: vector, document: document, uri: uri, metadata: change)
    case .segment(let index, let row):
      moveToTail(
        index, row, vector: vector, document: document, uri: uri, metadata: change)
    }
  }

  private mutating func changeTail(
    _ row: Int, vector: ArraySlice<Float>?, document: Text?, uri: Text?,
    metadata change: MetadataChange?
  ) {
    guard let old = tail.record(row) else { return }
    var metadata = old.metadata
    let uri = Self.merge(change, into: &metadata, uri: uri, old: old.uri)
    var source = old.vector
    if let vector {
      endForwarding(old)
      source = .own(tail.append(vector, of: UInt32(row)))
    }
    let record = TailRecord(
      offset: old.offset, id: old.id, document: document.map { .own($0) } ?? old.document,
      uri: uri, metadata: metadata, vector: source,
      documentChecksum: document.map(Self.checksum) ?? old.documentChecksum,
      vectorChecksum: vector.map { Self.checksum($0) } ?? old.vectorChecksum)
    liveChecksum = liveChecksum &- old.checksum &+ record.checksum
    tail.replace(UInt32(row), with: record)
  }

  /// A record of a segment goes on in the tail, with the same offset.
  private mutating func moveToTail(
    _ index: Int, _ row: Int, vector: ArraySlice<Float>?, document: Text?, uri: Text?,
    metadata change: MetadataChange?
  ) {
    let segment = segments[index].segment
    var metadata = segment.metadata(row)
    let uri = Self.merge(change, into: &metadata, uri: uri, old: segment.uri(row))
    let tailRow = tail.nextRow
    let known = segment.contentChecksums(row)
    let record = TailRecord(
      offset: segment.offset(row), id: segment.id(row),
      document: document.map { .own($0) }
        ?? (segment.hasDocument(row) ? .row(segment, row) : .none),
      uri: uri, metadata: metadata,
      vector: vector.map { .own(tail.append($0, of: tailRow)) } ?? .row(segment, row),
      documentChecksum: document.map(Self.checksum) ?? known.document,
      vectorChecksum: vector.map { Self.checksum($0) } ?? known.vector)
    liveChecksum = liveChecksum &- segment.checksum(row) &+ record.checksum
    segments[index].kill(row)
    if vector == nil { segments[index].forward(row, to: tailRow) }
    tail.insert(record)
  }

  /// Changes metadata and returns the URI after it. The two share the key `chroma:uri`: a URI takes the place of
  /// what stands there, and what the change puts there, or removes, takes the place of the old URI.
  private static func merge(
    _ change: MetadataChange?, into metadata: inout Metadata, uri: Text?, old: Text?
  ) -> Text? {
    if let change { metadata.merge(change) }
    if let uri {
      metadata[Metadata.uriKey] = nil
      return uri
    }
    let isReplaced = change?.entries.contains { $0.key == Metadata.uriKey } ?? false
    return isReplaced ? nil : old
  }

  mutating func remove(_ id: Text) {
    switch place(of: id) {
    case .tail(let row):
      guard let record = tail.record(row) else { return }
      endForwarding(record)
      liveChecksum &-= record.checksum
      tail.remove(UInt32(row))
    case .segment(let index, let row):
      liveChecksum &-= segments[index].segment.checksum(row)
      segments[index].kill(row)
    case nil: break
    }
  }

  /// The record's vector, where it is in a segment's row, is not searched any more.
  private mutating func endForwarding(_ record: TailRecord) {
    guard case .row(let segment, let row) = record.vector,
      let index = segments.firstIndex(where: { $0.segment === segment })
    else { return }
    segments[index].forward(row, to: nil)
  }

  mutating func observe(_ metadata: MetadataChange) {
    for entry in metadata.entries {
      if let type = entry.value?.type { keys.insert(entry.key, type) }
    }
  }

  /// What no row of the tail needs is given back when it has become more than what is needed.
  mutating func compactIfWorthwhile() {
    guard tail.isWorthCompacting else { return }
    tail = tail.compacted()
    for row in tail.liveRows {
      guard case .row(let segment, let from) = tail.record(row)?.vector,
        let index = segments.firstIndex(where: { $0.segment === segment })
      else { continue }
      segments[index].forward(from, to: UInt32(row))
    }
  }

  /// What a flush without rule S5 would do: kill the rows of segments where they were, not where they are.
  mutating func killWhereTheyWere(in other: CollectionState) {
    for part in other.segments {
      guard let index = segments.firstIndex(where: { $0.segment.id == part.segment.id }) else {
        continue
      }
      segments[index].killAll(in: part.dead)
    }
  }

  // MARK: Checksums

  private static func checksum(_ document: Text) -> UInt32 {
    document.withUTF8 { CRC32C.checksum(UnsafeRawBufferPointer($0)) }
  }

  private static func checksum(_ vector: ArraySlice<Float>) -> UInt32 {
    vector.withUnsafeBytes { CRC32C.checksum($0) }
  }
}
