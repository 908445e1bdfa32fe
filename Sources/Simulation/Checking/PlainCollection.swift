package import Engine
package import Model

/// A collection as a list of records and loops over it: what the engine's answers are compared with. One order of
/// all operations must explain every answer of every server (`LogWitness`).
package struct PlainCollection: SequentialModel {
  package enum Operation: Sendable {
    case add([PlainChange])
    case upsert([PlainChange])
    case update([PlainChange])
    case delete(ids: [Text])
    case deleteWhere(ids: [Text]?, Filter?, limit: Int?)
    case get(GetRequest)
    /// Of one vector.
    case query(QueryRequest)
    case count
  }

  package enum Response: Sendable, Hashable {
    case done
    case deleted(Int)
    case records([PlainRecord])
    case matches([Match])
    case count(Int)
  }

  package struct Match: Sendable, Hashable {
    package let record: PlainRecord
    package let distance: Float

    package init(record: PlainRecord, distance: Float) {
      self.record = record
      self.distance = distance
    }
  }

  let distance: Distance
  /// In the order of insertion.
  package private(set) var records: [PlainRecord] = []

  package init(distance: Distance, records: [PlainRecord] = []) {
    self.distance = distance
    self.records = records
  }

  package static func isRead(_ operation: Operation) -> Bool {
    switch operation {
    case .get, .query, .count: true
    case .add, .upsert, .update, .delete, .deleteWhere: false
    }
  }

  package func applying(_ operation: Operation, _ response: Response?) -> PlainCollection? {
    var changed = self
    switch operation {
    case .add(let changes): changed.write(changes, inserts: true, changes: false)
    case .upsert(let changes): changed.write(changes, inserts: true, changes: true)
    case .update(let changes): changed.write(changes, inserts: false, changes: true)
    case .delete(let ids): changed.records.removeAll { ids.contains($0.id) }
    case .deleteWhere(let ids, let filter, let limit):
      let doomed = selected(RecordSelection(ids: ids, filter: filter)).prefix(limit ?? .max)
      if let response, response != .deleted(doomed.count) { return nil }
      changed.records.removeAll { record in doomed.contains { $0.id == record.id } }
    case .get(let request):
      if let response, response != .records(get(request)) { return nil }
    case .query(let request):
      if case .matches(let matches) = response, !explains(matches, request) { return nil }
    case .count:
      if let response, response != .count(records.count) { return nil }
    }
    return changed
  }

  // MARK: Writes

  private mutating func write(_ changes: [PlainChange], inserts: Bool, changes isChange: Bool) {
    for change in changes {
      guard let index = records.firstIndex(where: { $0.id == change.id }) else {
        if inserts {
          records.append(PlainRecord(id: change.id))
          apply(change, at: records.count - 1)
        }
        continue
      }
      if isChange { apply(change, at: index) }
    }
  }

  private mutating func apply(_ change: PlainChange, at index: Int) {
    if let vector = change.vector { records[index].vector = vector }
    if let document = change.document { records[index].document = document }
    if let uri = change.uri { records[index].uri = uri }
    for (key, value) in change.metadata { records[index].metadata[key] = value }
  }

  /// What a server writes into the log for an operation in this state; nil where there is nothing to write.
  func logged(_ operation: Operation) -> CollectionOperation? {
    func has(_ change: PlainChange) -> Bool { records.contains { $0.id == change.id } }
    func deletion(_ doomed: some Sequence<PlainRecord>) -> CollectionOperation? {
      let ids = doomed.map(\.id)
      return ids.isEmpty ? nil : .delete(ids)
    }
    return switch operation {
    case .add(let changes): changes.allSatisfy(has) ? nil : .add(changes.batch)
    case .upsert(let changes): changes.isEmpty ? nil : .upsert(changes.batch)
    case .update(let changes): changes.contains(where: has) ? .update(changes.batch) : nil
    case .delete(let ids): deletion(selected(RecordSelection(ids: ids)))
    case .deleteWhere(let ids, let filter, let limit):
      deletion(selected(RecordSelection(ids: ids, filter: filter)).prefix(limit ?? .max))
    case .get, .query, .count: nil
    }
  }

  // MARK: Reads

  func selected(_ selection: RecordSelection) -> [PlainRecord] {
    records.filter { record in
      (selection.ids?.contains(record.id) ?? true) && (selection.filter?.holds(for: record) ?? true)
    }
  }

  package func get(_ request: GetRequest) -> [PlainRecord] {
    selected(request.selection).dropFirst(request.offset).prefix(request.limit ?? .max)
      .map { $0.only(request.fields) }
  }

  /// What the query must answer; its distances are exact but for cosine.
  package func query(_ request: QueryRequest) -> [Match] {
    let measured = selected(request.selection).enumerated().map { index, record in
      (index, record, distance: distance(record.vector, request.embeddings[0]))
    }
    return measured.sorted { ($0.distance, $0.0) < ($1.distance, $1.0) }.prefix(request.count)
      .map { Match(record: $0.1.only(request.fields), distance: Float($0.distance)) }
  }

  private func explains(_ matches: [Match], _ request: QueryRequest) -> Bool {
    let expected = query(request)
    guard distance == .cosine else { return matches == expected }
    // Rounding may turn about what is equally near.
    let records = selected(request.selection)
    return matches.count == expected.count
      && Set(matches.map(\.record.id)).count == matches.count
      && zip(matches, expected).allSatisfy { match, expected in
        guard let record = records.first(where: { $0.id == match.record.id }) else { return false }
        let own = Float(distance(record.vector, request.embeddings[0]))
        return match.record == record.only(request.fields)
          && abs(match.distance - own) < Self.rounding
          && abs(match.distance - expected.distance) < Self.rounding
      }
  }

  private static let rounding: Float = 1e-5

  /// Vectors of scenarios are small whole numbers: all but the cosine is exact.
  private func distance(_ a: [Float], _ b: [Float]) -> Double {
    let pairs = zip(a, b).map { (Double($0), Double($1)) }
    let dot = pairs.reduce(0) { $0 + $1.0 * $1.1 }
    switch distance {
    case .l2: return pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    case .innerProduct: return 1 - dot
    case .cosine:
      func norm(_ v: [Float]) -> Double {
        v.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      }
      let product = norm(a) * norm(b)
      return product == 0 ? 1 : 1 - dot / product
    }
  }
}
