package import Model

/// How new the state must be from which a read is answered.
package struct ReadOptions: Hashable, Sendable {
  /// True: the bucket is asked for newer writes first.
  package var isStrong: Bool
  /// Answered from a state at least this new; a position that the bucket does not have is an error at once.
  package var minimumLogPosition: UInt64?

  package init(isStrong: Bool = false, minimumLogPosition: UInt64? = nil) {
    self.isStrong = isStrong
    self.minimumLogPosition = minimumLogPosition
  }
}

/// Which parts of a record an answer needs.
package struct RecordFields: OptionSet, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let embeddings = RecordFields(rawValue: 1)
  package static let documents = RecordFields(rawValue: 2)
  package static let metadatas = RecordFields(rawValue: 4)
  package static let uris = RecordFields(rawValue: 8)
}

/// Which records: those with one of the ids (all, if nil) that pass the filter.
package struct RecordSelection: Sendable {
  package var ids: [Text]?
  package var filter: Filter?

  package init(ids: [Text]? = nil, filter: Filter? = nil) {
    self.ids = ids
    self.filter = filter
  }
}

package struct GetRequest: Sendable {
  package var selection: RecordSelection
  /// At most this many, in the order of first insertion; nil for all.
  package var limit: Int?
  package var offset: Int
  package var fields: RecordFields

  package init(
    selection: RecordSelection, limit: Int? = nil, offset: Int = 0, fields: RecordFields
  ) {
    self.selection = selection
    self.limit = limit
    self.offset = offset
    self.fields = fields
  }
}

package struct QueryRequest: Sendable {
  /// One list of nearest records is answered per vector; all must have the collection's dimension.
  package var embeddings: [[Float]]
  package var count: Int
  package var selection: RecordSelection
  package var fields: RecordFields
  /// How long the search may take, as a multiple of what is usual: more finds more of the last neighbours.
  package var effort: Float

  package init(
    embeddings: [[Float]], count: Int, selection: RecordSelection, fields: RecordFields,
    effort: Float = 1
  ) {
    self.embeddings = embeddings
    self.count = count
    self.selection = selection
    self.fields = fields
    self.effort = effort
  }
}

/// Asks how many of the nearest records are found.
package struct RecallRequest: Sendable {
  /// Nearest records per query.
  package var count: Int
  /// Records whose vectors are searched for.
  package var sampleCount: Int
  /// As for a query.
  package var effort: Float

  package init(count: Int, sampleCount: Int, effort: Float = 1) {
    self.count = count
    self.sampleCount = sampleCount
    self.effort = effort
  }
}

package struct RecallAnswer: Sendable {
  /// Of the nearest records, by exact search, the share that a query finds; nil where there is nothing to find.
  package var recall: Double?
  package var sampleCount: Int
  package var recordCount: Int
  /// Mean times of a search, by the clock.
  package var queryTime: Duration
  package var exactTime: Duration
  package var logPosition: UInt64
}

package struct DeleteRequest: Sendable {
  package var selection: RecordSelection
  /// The first this many in the order of insertion; nil for all.
  package var limit: Int?

  package init(selection: RecordSelection, limit: Int? = nil) {
    self.selection = selection
    self.limit = limit
  }
}

/// A record as an answer shows it. Immutable, shared with the engine's own state.
package final class RecordView: Sendable {
  package let id: Text
  package let document: Text?
  package let uri: Text?
  /// All keys, those that begin with `chroma:` included.
  package let storedMetadata: StoredMetadata
  /// Nil unless asked for.
  package let embedding: [Float]?

  package init(
    id: Text, document: Text?, uri: Text?, metadata: StoredMetadata, embedding: [Float]?
  ) {
    self.id = id
    self.document = document
    self.uri = uri
    self.storedMetadata = metadata
    self.embedding = embedding
  }

  /// All keys, those that begin with `chroma:` included.
  package var metadata: Metadata { storedMetadata.metadata }
}

package struct GetAnswer: Sendable {
  package let records: [RecordView]
  package let logPosition: UInt64

  package init(records: [RecordView], logPosition: UInt64) {
    self.records = records
    self.logPosition = logPosition
  }
}

package struct QueryAnswer: Sendable {
  package struct Match: Sendable {
    package let record: RecordView
    package let distance: Float

    package init(record: RecordView, distance: Float) {
      self.record = record
      self.distance = distance
    }
  }

  /// Per query vector, ascending by distance; equal distances in the order in which the vectors came.
  package let matches: [[Match]]
  package let logPosition: UInt64

  package init(matches: [[Match]], logPosition: UInt64) {
    self.matches = matches
    self.logPosition = logPosition
  }
}

/// The answer to a write, with the position of the log at which it stands.
package struct WriteAnswer: Sendable {
  package let logPosition: UInt64

  package init(logPosition: UInt64) { self.logPosition = logPosition }
}

package struct DeleteAnswer: Sendable {
  /// Records that matched; for a delete by ids alone the number of ids sent, as Chroma counts.
  package let deleted: Int
  package let logPosition: UInt64
}

package struct CountAnswer: Sendable {
  package let count: Int
  package let logPosition: UInt64
}
