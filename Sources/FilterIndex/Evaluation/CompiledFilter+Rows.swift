package import Model

extension CompiledFilter {
  /// A filter as a tree, whose parts are in the order in which they are to be evaluated.
  indirect enum Tree: Sendable {
    case all([Tree])
    case any([Tree])
    case test(FilterTest, negated: Bool)
  }

  /// The candidates that fulfil the filter: exactly those for which `matches` is true.
  ///
  /// Metadata are looked up in the index; documents are read only of rows that the rest leaves open.
  package func rows<Source: FilterableRows>(
    of source: Source, among candidates: RowSet
  ) async throws(Source.Failure) -> RowSet {
    guard !candidates.isEmpty else { return candidates }
    return try await Self.rows(tree, of: source, among: candidates)
  }

  private static func rows<Source: FilterableRows>(
    _ tree: Tree, of source: Source, among candidates: RowSet
  ) async throws(Source.Failure) -> RowSet {
    switch tree {
    case .all(let parts):
      var left = candidates
      for part in parts where !left.isEmpty {
        left = try await rows(part, of: source, among: left)
      }
      return left
    case .any(let parts):
      var left = candidates
      var found = RowSet(count: candidates.count, filledWith: false)
      for part in parts where !left.isEmpty {
        let hits = try await rows(part, of: source, among: left)
        found.formUnion(hits)
        left.subtract(hits)
      }
      return found
    case .test(let test, let negated):
      let hits = try await rows(test, of: source, among: candidates)
      return negated ? candidates.subtracting(hits) : hits
    }
  }

  private static func rows<Source: FilterableRows>(
    _ test: FilterTest, of source: Source, among candidates: RowSet
  ) async throws(Source.Failure) -> RowSet {
    switch test {
    case .scalar(.metadata(let key), let condition):
      return candidates.intersection(source.metadataIndex.rows(key, condition))
    case .list(let key, let element):
      return candidates.intersection(source.metadataIndex.rows(key, containing: element))
    case .scalar(.uri, let condition):
      var hits = candidates.intersection(source.metadataIndex.rows(Metadata.uriKey, condition))
      for row in candidates {
        if let uri = source.uri(row), condition.holds(for: .string(uri)) { hits[row] = true }
      }
      return hits
    case .scalar(.document, let condition):
      return try await documents(of: source, among: candidates) { bytes in
        Text(utf8: bytes).map { condition.holds(for: .string($0)) } ?? false
      }
    case .contains(let search):
      return try await documents(of: source, among: candidates) { search.occurs(in: $0) }
    case .regex(let expression):
      return try await documents(of: source, among: candidates) { expression.isMatch($0) }
    }
  }

  private static func documents<Source: FilterableRows>(
    of source: Source, among candidates: RowSet, _ holds: (UnsafeBufferPointer<UInt8>) -> Bool
  ) async throws(Source.Failure) -> RowSet {
    var hits = RowSet(count: candidates.count, filledWith: false)
    try await source.forEachDocument(in: candidates) { row, bytes in
      if let bytes, holds(bytes) { hits[row] = true }
    }
    return hits
  }
}
