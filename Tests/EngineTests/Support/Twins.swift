import Engine
import Model
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
    let all = GetRequest(selection: RecordSelection(), fields: [.embeddings])
    return try await get(request ?? all).map { Row($0) }
  }
}

/// The state of the server that decides, and that of another which only applies what the first wrote.
struct Twins {
  var writer = CollectionState(id: .zero)
  var follower = CollectionState(id: .zero)
  /// Bytes that the last command wrote.
  var written = 0

  @discardableResult
  mutating func run(_ command: CollectionCommand) throws -> CollectionOutcome {
    written = 0
    var payload = BinaryWriter()
    let outcome = try writer.decide(command, into: &payload)
    written = payload.count
    if payload.count > 0 { try follower.apply(payload.bytes) }
    return outcome
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
