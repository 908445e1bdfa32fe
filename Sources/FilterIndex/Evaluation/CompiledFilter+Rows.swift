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
  /// Metadata and words are looked up in the indexes; documents are read only of rows that these leave open.
  package func rows<Source: FilterableRows>(
    of source: Source, among candidates: RowSet
  ) async throws(Source.Failure) -> RowSet {
    let bounds = try await bounds(of: source, among: candidates)
    return bounds.certain.union(try await decide(bounds.undecided, of: source))
  }

  /// What the indexes tell about the candidates, without reading a document.
  package func bounds<Source: FilterableRows>(
    of source: Source, among candidates: RowSet
  ) async throws(Source.Failure) -> RowBounds {
    guard !candidates.isEmpty else { return RowBounds(exactly: candidates) }
    return try await Self.bounds(tree, of: source, among: candidates)
  }

  /// Those of the rows that fulfil the filter, by reading the documents of as few as possible.
  package func decide<Source: FilterableRows>(
    _ rows: RowSet, of source: Source
  ) async throws(Source.Failure) -> RowSet {
    guard !rows.isEmpty else { return rows }
    return try await Self.rows(tree, of: source, among: rows)
  }

  // MARK: By the indexes

  private static func bounds<Source: FilterableRows>(
    _ tree: Tree, of source: Source, among candidates: RowSet
  ) async throws(Source.Failure) -> RowBounds {
    switch tree {
    case .all(let parts):
      var (certain, left) = (candidates, candidates)
      for part in parts where !left.isEmpty {
        let bounds = try await bounds(part, of: source, among: left)
        left = bounds.possible
        certain.formIntersection(bounds.certain)
      }
      certain.formIntersection(left)
      return RowBounds(certain: certain, possible: left)
    case .any(let parts):
      var left = candidates
      var certain = RowSet(count: candidates.count, filledWith: false)
      var possible = certain
      for part in parts where !left.isEmpty {
        let bounds = try await bounds(part, of: source, among: left)
        certain.formUnion(bounds.certain)
        possible.formUnion(bounds.possible)
        left.subtract(bounds.certain)
      }
      return RowBounds(certain: certain, possible: possible)
    case .test(let test, let negated):
      let bounds = try await bounds(test, of: source, among: candidates)
      return negated ? bounds.negated(among: candidates) : bounds
    }
  }

  private static func bounds<Source: FilterableRows>(
    _ test: FilterTest, of source: Source, among candidates: RowSet
  ) async throws(Source.Failure) -> RowBounds {
    switch test {
    case .contains(_, let pattern):
      return try await bounds(pattern, isSufficient: true, of: source, among: candidates)
    case .regex(let expression):
      return try await bounds(
        expression.requiredText, isSufficient: expression.isLiteral, of: source, among: candidates)
    case .scalar(.document, _): return .unknown(among: candidates)
    case .scalar, .list:
      return RowBounds(exactly: try await rows(test, of: source, among: candidates))
    }
  }

  /// `isSufficient`: whether each document with the pattern passes.
  private static func bounds<Source: FilterableRows>(
    _ pattern: TextPattern?, isSufficient: Bool, of source: Source, among candidates: RowSet
  ) async throws(Source.Failure) -> RowBounds {
    guard let pattern, let found = try await source.textBounds(pattern, among: candidates) else {
      return .unknown(among: candidates)
    }
    let bounds = found.among(candidates)
    return isSufficient ? bounds : .unknown(among: bounds.possible)
  }

  // MARK: By the rows

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
    case .contains(let search, _):
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
