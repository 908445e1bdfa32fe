package import Model

extension CollectionState {
  package mutating func apply(_ payload: ArraySlice<UInt8>) throws(BinaryError) {
    var reader = BinaryReader(payload)
    while reader.remaining > 0 {
      let operation = try CollectionOperation(from: &reader)
      guard !isSealed else { throw BinaryError("operation after the end of the collection") }
      try check(operation)
      perform(operation)
    }
  }

  /// What `decide` has made sure of, asked again of bytes that came from the bucket.
  private func check(_ operation: CollectionOperation) throws(BinaryError) {
    switch operation {
    case .add(let batch), .upsert(let batch):
      guard batch.embeddings?.slots == nil, batch.count == 0 || batch.embeddings != nil else {
        throw BinaryError("record without a vector")
      }
      try checkDimension(of: batch)
    case .update(let batch): try checkDimension(of: batch)
    case .delete, .seal: break
    }
  }

  private func checkDimension(of batch: RecordBatch) throws(BinaryError) {
    guard let dimension, let got = batch.embeddings?.dimension, got != dimension else { return }
    throw BinaryError("vectors of dimension \(got) in a collection of dimension \(dimension)")
  }

  /// Carries out an operation that is known to fit the state.
  mutating func perform(_ operation: CollectionOperation) {
    switch operation {
    case .add(let batch):
      settleDimension(batch)
      for row in 0..<batch.count where place(of: batch.ids[row]) == nil {
        insertRow(row, of: batch)
      }
    case .upsert(let batch):
      settleDimension(batch)
      for row in 0..<batch.count {
        if let existing = place(of: batch.ids[row]) {
          changeRow(existing, to: row, of: batch)
        } else {
          insertRow(row, of: batch)
        }
      }
      compactIfWorthwhile()
    case .update(let batch):
      for row in 0..<batch.count {
        if let existing = place(of: batch.ids[row]) { changeRow(existing, to: row, of: batch) }
      }
      compactIfWorthwhile()
    case .delete(let ids):
      for id in ids { remove(id) }
      compactIfWorthwhile()
    case .seal:
      isSealed = true
    }
  }

  private mutating func settleDimension(_ batch: RecordBatch) {
    if dimension == nil { dimension = batch.embeddings?.dimension }
  }

  private mutating func insertRow(_ row: Int, of batch: RecordBatch) {
    guard let vector = batch.embeddings?[row] else { return }
    var metadata = Metadata()
    if let change = batch.metadatas?[row] ?? nil {
      metadata.merge(change)
      observe(change)
    }
    insert(
      id: batch.ids[row], vector: vector, document: batch.documents?[row] ?? nil,
      uri: batch.uris?[row] ?? nil, metadata: metadata)
  }

  private mutating func changeRow(_ existing: Place, to row: Int, of batch: RecordBatch) {
    let metadata = batch.metadatas?[row] ?? nil
    if let metadata { observe(metadata) }
    change(
      existing, vector: batch.embeddings?[row], document: batch.documents?[row] ?? nil,
      uri: batch.uris?[row] ?? nil, metadata: metadata)
  }
}
