import Engine
import Model
import ObjectStore
import Segments
import Testing

/// A record as tests compare it.
struct Row: Hashable {
  var id: Text
  var vector: [Float]
  var document: Text?
  var uri: Text?
  var metadata = Metadata()

  init(
    _ id: Text, _ vector: [Float], _ document: Text? = nil, uri: Text? = nil,
    _ metadata: [(Text, MetadataValue)] = []
  ) {
    self.id = id
    self.vector = vector
    self.document = document
    self.uri = uri
    self.metadata = Metadata(metadata)
  }

  init(_ view: RecordView) {
    self.init(view.id, view.embedding ?? [], view.document, uri: view.uri)
    metadata = view.metadata
  }
}

extension CollectionState {
  func rows(_ request: GetRequest? = nil) async throws -> [Row] {
    let all = GetRequest(
      selection: RecordSelection(), fields: [.embeddings, .documents, .metadatas, .uris])
    return try await get(request ?? all).map { Row($0) }
  }
}

/// The state of the server that decides, and that of another which only applies what the first wrote.
struct Twins {
  var writer = CollectionState(id: .zero)
  var follower = CollectionState(id: .zero)
  /// Bytes that the last command wrote.
  var written = 0
  /// Segments are opened as another server opens them, and their cold parts stay in the bucket.
  var opensFromBucket = false {
    didSet {
      cache = SegmentCache(
        store: store, workspace: MemoryWorkspace(), limits: SegmentCacheLimits(workspaceBytes: 0))
    }
  }
  /// What segments get codes.
  var codes: CodePolicy?
  private let store: MemoryStore
  private var cache: SegmentCache

  init() {
    store = MemoryStore { StoreTime(millisecondsSince1970: 1_800_000_000_000) }
    cache = SegmentCache(store: store, workspace: MemoryWorkspace())
  }

  @discardableResult
  mutating func run(_ command: CollectionCommand) async throws -> CollectionOutcome {
    written = 0
    var payload = BinaryWriter()
    let outcome = try await writer.decide(command, into: &payload)
    written = payload.count
    if payload.count > 0 { try follower.apply(payload.bytes[...]) }
    return outcome
  }

  /// The follower's tail becomes a segment, which it goes on with.
  mutating func flush(_ random: any RandomSource) async throws {
    let id = UniqueID.random(from: random)
    var parts = follower.segments.map { SegmentPart(segment: $0.segment, dead: $0.dead) }
    if let built = try await follower.buildTailSegment(
      id: id, hashSeed: random.next(), codes: codes)
    {
      parts.append(try await open(built))
    }
    rebuild(on: parts)
  }

  /// Some of the follower's segments become one; its tail must be empty.
  mutating func merge(_ random: any RandomSource) async throws {
    let parts = follower.segments
    guard parts.count > 1 else { return }
    let first = Int(random.next(below: UInt64(parts.count - 1)))
    let chosen = first...first + 1
    let merged = try await CollectionState.mergeSegments(
      parts[chosen].map { (segment: $0.segment, dead: $0.dead) },
      id: .random(from: random), hashSeed: random.next(), codes: codes)
    var left = parts.indices.filter { !chosen.contains($0) }.map {
      SegmentPart(segment: parts[$0].segment, dead: parts[$0].dead)
    }
    if let built = merged.built { left.append(try await open(built)) }
    rebuild(on: left)
  }

  private func open(_ built: BuiltSegment) async throws -> SegmentPart {
    _ = try await store.put("\(built.summary.id)", built.bytes)
    let segment =
      opensFromBucket
      ? try await cache.open(built.summary, key: "\(built.summary.id)")
      : try await cache.adopt(built, key: "\(built.summary.id)")
    return SegmentPart(
      segment: segment, dead: RowSet(count: segment.rowCount, filledWith: false))
  }

  private mutating func rebuild(on parts: [SegmentPart]) {
    follower = CollectionState(
      id: follower.id, dimension: follower.dimension, nextOffset: follower.nextOffset,
      liveChecksum: follower.liveChecksum, isSealed: follower.isSealed, parts: parts)
  }

  /// The rows, which must be the same on both.
  func rows() async throws -> [Row] {
    let rows = try await writer.rows()
    #expect(try await follower.rows() == rows)
    #expect(follower.count == writer.count)
    #expect(rows.count == writer.count)
    #expect(follower.dimension == writer.dimension)
    #expect(follower.observedKeys == writer.observedKeys)
    #expect(follower.isSealed == writer.isSealed)
    #expect(follower.liveChecksum == writer.liveChecksum)
    #expect(follower.nextOffset == writer.nextOffset)
    return rows
  }
}

/// A batch of complete rows; metadata that is empty is left out.
func batch(_ rows: Row...) -> RecordBatch { batch(rows) }

func batch(_ rows: [Row]) -> RecordBatch {
  RecordBatch(
    ids: rows.map(\.id),
    embeddings: rows.first.map {
      EmbeddingColumn(dimension: $0.vector.count, components: rows.flatMap(\.vector))
    },
    documents: rows.map(\.document), uris: rows.map(\.uri),
    metadatas: rows.map { row in
      row.metadata.isEmpty
        ? nil : MetadataChange(row.metadata.entries.map { .init(key: $0.key, value: $0.value) })
    })
}

func delete(
  ids: [Text]? = nil, where filter: Filter? = nil, limit: Int? = nil
) throws -> CollectionCommand {
  .delete(
    RecordDeletion(try CompiledSelection(RecordSelection(ids: ids, filter: filter)), limit: limit))
}
