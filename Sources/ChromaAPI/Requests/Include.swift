import Engine
import JSON
import Model

/// A part of a record that a request asks for.
package enum Include: Hashable, Sendable, CaseIterable {
  case distances
  case documents
  case embeddings
  case metadatas
  case uris

  var name: Text {
    switch self {
    case .distances: "distances"
    case .documents: "documents"
    case .embeddings: "embeddings"
    case .metadatas: "metadatas"
    case .uris: "uris"
    }
  }

  fileprivate static let variants = allCases.map { (name: $0.name, value: $0) }
}

extension [Include] {
  static let getDefault: [Include] = [.documents, .metadatas]
  static let queryDefault: [Include] = [.documents, .metadatas, .distances]

  /// What the engine must fetch.
  var fields: RecordFields {
    var fields: RecordFields = []
    for part in self {
      switch part {
      case .distances: break
      case .documents: fields.insert(.documents)
      case .embeddings: fields.insert(.embeddings)
      case .metadatas: fields.insert(.metadatas)
      case .uris: fields.insert(.uris)
      }
    }
    return fields
  }
}

extension BodyReader {
  mutating func include() throws(JSONError) -> [Include] {
    var include: [Include] = []
    try array { (body) throws(JSONError) in
      include.append(try body.variant(Include.variants))
    }
    return include
  }
}
