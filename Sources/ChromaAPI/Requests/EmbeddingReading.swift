import Engine
import JSON
import Model

/// The embeddings of a request, row after row, before anything of them is checked.
struct ReadEmbeddings {
  var components: [Float] = []
  /// Number of components of each row, or -1 where the row is `null`.
  var lengths: [Int] = []
  /// What is wrong with the first row of base64 that is wrong.
  var base64Failure: APIError?

  /// Errors: base64 that is none, an embedding without components, or with one that is not finite. Of several
  /// the first is told, where `rowByRow`; else all are looked at for components first.
  func validate(rowByRow: Bool) throws(APIError) {
    if let base64Failure { throw base64Failure }
    let empty = APIError.validation("embeddings", "Each embedding must have at least 1 dimension")
    let notFinite = APIError.validation(
      "embeddings", "Embeddings must not contain NaN or Infinity values")
    guard rowByRow else {
      guard !lengths.contains(0) else { throw empty }
      guard components.allSatisfy(\.isFinite) else { throw notFinite }
      return
    }
    var start = 0
    for length in lengths where length >= 0 {
      guard length > 0 else { throw empty }
      guard components[start..<start + length].allSatisfy(\.isFinite) else { throw notFinite }
      start += length
    }
  }

  /// Errors: embeddings of different dimensions, or of another than the collection's, where that is known.
  func checkDimension(ofCollection expected: Int?) throws(APIError) {
    guard let dimension = lengths.first(where: { $0 >= 0 }) else { return }
    guard lengths.allSatisfy({ $0 == dimension || $0 < 0 }) else {
      throw .invalid("Inconsistent dimensions in provided embeddings")
    }
    if let expected, expected != dimension {
      throw APIError(.dimensionMismatch(expected: expected, got: dimension))
    }
  }

  /// Nil where no row has an embedding.
  func column() -> EmbeddingColumn? {
    guard let dimension = lengths.first(where: { $0 >= 0 }) else { return nil }
    var slots: [Int32] = []
    var present: Int32 = 0
    for length in lengths {
      slots.append(length < 0 ? -1 : present)
      if length >= 0 { present += 1 }
    }
    return EmbeddingColumn(
      dimension: dimension, components: components,
      slots: Int(present) == lengths.count ? nil : slots)
  }
}

extension BodyReader {
  /// Reads `number[][]` or `base64 string[]`, with `null` rows where `allowsNull`; one array is all of one
  /// kind.
  mutating func embeddings(allowsNull: Bool) throws(JSONError) -> ReadEmbeddings {
    let found = try kept { (body) throws(JSONError) in
      try body.json.peek() == .array ? try body.matchingEmbeddings(allowsNull) : nil
    }
    if let found { return found }
    let name = allowsNull ? "UpdateEmbeddingsPayload" : "EmbeddingsPayload"
    throw lateError("data did not match any variant of untagged enum \(name)")
  }

  /// Nil, with the value half read, where some row is of another kind.
  private mutating func matchingEmbeddings(
    _ allowsNull: Bool
  ) throws(JSONError) -> ReadEmbeddings? {
    var embeddings = ReadEmbeddings()
    var kind: JSONKind?
    try json.beginArray()
    while try json.nextElement() {
      let next = try json.peek()
      if next == .null, allowsNull {
        try json.null()
        embeddings.lengths.append(-1)
        continue
      }
      if kind == nil {
        kind = next
        // A guess at the total that is rarely too small: memory that is not touched costs nothing.
        embeddings.components.reserveCapacity(bytes.count / (next == .string ? 5 : 12))
      }
      guard next == kind else { return nil }
      switch next {
      case .array:
        embeddings.lengths.append(try json.floats(into: &embeddings.components))
      case .string: try base64(into: &embeddings)
      default: return nil
      }
    }
    return embeddings
  }

  private mutating func base64(into embeddings: inout ReadEmbeddings) throws(JSONError) {
    let start = embeddings.components.count
    let isFirstFailure = embeddings.base64Failure == nil
    let failure = try json.withStringBytes { (bytes) -> Base64Error? in
      guard isFirstFailure else { return nil }
      do throws(Base64Error) {
        try Base64.decodeFloats(bytes, into: &embeddings.components)
        return nil
      } catch {
        return error
      }
    }
    if let failure { embeddings.base64Failure = .base64(failure) }
    let row = embeddings.components[start...]
    embeddings.lengths.append(row.count)
    if isFirstFailure, failure == nil, let at = row.firstIndex(where: { !$0.isFinite }) {
      let value = row[at].isNaN ? "NaN" : row[at] < 0 ? "-inf" : "inf"
      embeddings.base64Failure = .invalid(
        "Non-finite float value at embedding index \(at - start): \(value)")
    }
  }
}

extension APIError {
  static func base64(_ error: Base64Error) -> APIError {
    if case .partialFloat = error { return .invalid("Invalid byte length: \(error)") }
    return .invalid("Invalid base64 string: \(error)")
  }
}
