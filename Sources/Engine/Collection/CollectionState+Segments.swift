package import Model
package import Segments
import VectorIndex

extension CollectionState {
  /// Rows that are read from segments together while a new one is built.
  private static var rowsPerBatch: Int { 1024 }

  /// The live records of the tail as a segment, which is built in `memory` where that has the room.
  /// - Returns: Nil where there is nothing to say: neither a record nor a metadata key that no segment has.
  @concurrent
  package func buildTailSegment(
    id: UniqueID, hashSeed: UInt64, codes: CodePolicy? = nil, memory: SegmentMemory? = nil
  ) async throws(SegmentError) -> BuiltSegment? {
    guard let dimension else { return nil }
    let known = Set(segments.flatMap(\.segment.observedKeys))
    let keys = observedKeys.subtracting(known)
    let rows = tail.rowsByOffset
    guard !rows.isEmpty || !keys.isEmpty else { return nil }
    let basis = codes?.basis(of: tail, rows: rows, known: Self.bases(of: segments.map(\.segment)))
    var builder = SegmentBuilder(
      id: id, dimension: dimension, hashSeed: hashSeed,
      codes: basis.flatMap { codes?.encoder($0) })
    builder.observe(keys)
    builder.reserve(
      rows: rows.count,
      documentBytes: rows.reduce(0) { $0 + (tail.record($1)?.documentBytes ?? 0) }, in: memory)
    for start in stride(from: 0, to: rows.count, by: Self.rowsPerBatch) {
      try await append(
        Array(rows[start..<min(start + Self.rowsPerBatch, rows.count)]), to: &builder)
      try await letOthersRun()
    }
    if let codes, basis != nil { try await codes.arrange(&builder) }
    return builder.finish()
  }

  private func append(
    _ rows: [Int], to builder: inout SegmentBuilder
  ) async throws(SegmentError) {
    let records = rows.compactMap { tail.record($0) }
    var (documents, vectors) = (SegmentRows(), SegmentRows())
    for (index, record) in records.enumerated() {
      if case .row(let segment, let row) = record.document {
        documents.add(segment, row, for: index)
      }
      if case .row(let segment, let row) = record.vector { vectors.add(segment, row, for: index) }
    }
    var foreignDocuments: [Int: Text] = [:]
    for (segment, rows, targets) in documents.bySegment {
      for (target, text) in zip(targets, try await segment.documents(rows)) {
        foreignDocuments[target] = text
      }
    }
    var foreignVectors: [Int: [Float]] = [:]
    for (segment, rows, targets) in vectors.bySegment {
      for (target, vector) in zip(targets, try await segment.vectors(rows)) {
        foreignVectors[target] = vector
      }
    }
    for (index, record) in records.enumerated() {
      let document: Text? =
        if case .own(let text) = record.document { text } else { foreignDocuments[index] }
      let vector: [Float] =
        if case .own(let row) = record.vector {
          tail.vectors?[Int(row)] ?? []
        } else {
          foreignVectors[index] ?? []
        }
      try builder.append(
        offset: record.offset, id: record.id, vector: vector, document: document, uri: record.uri,
        metadata: record.metadata,
        checksums: RowChecksums(
          record: record.checksum, document: record.documentChecksum, vector: record.vectorChecksum)
      )
    }
  }

  /// Several segments as one, without their dead rows.
  /// - Returns: The segment, nil where it has nothing to say; and per input and row its row in it, -1 for dead ones.
  @concurrent
  package static func mergeSegments(
    _ inputs: [(segment: Segment, dead: RowSet)], id: UniqueID, hashSeed: UInt64,
    codes: CodePolicy? = nil
  ) async throws(SegmentError) -> (built: BuiltSegment?, rowMaps: [[Int32]]) {
    var order: [(offset: UInt64, input: Int, row: Int)] = []
    for (index, input) in inputs.enumerated() {
      for row in input.dead.complemented() {
        order.append((input.segment.offset(row), index, row))
      }
    }
    order.sort { $0.offset < $1.offset }
    var rowMaps = inputs.map { [Int32](repeating: -1, count: $0.segment.rowCount) }
    let keys = Set(inputs.flatMap(\.segment.observedKeys))
    guard let dimension = inputs.first?.segment.dimension, !order.isEmpty || !keys.isEmpty else {
      return (nil, rowMaps)
    }
    let basis = try await codes?.basis(
      of: order.map { (inputs[$0.input].segment, $0.row) },
      known: bases(of: inputs.map(\.segment)))
    var builder = SegmentBuilder(
      id: id, dimension: dimension, hashSeed: hashSeed,
      codes: basis.flatMap { codes?.encoder($0) })
    builder.observe(keys)
    let positions = inputs.map { $0.segment.codes?.order?.positions() }
    let getsClusters = basis != nil && order.count >= codes?.clusterRowsMin ?? .max
    builder.reserve(
      rows: order.count,
      documentBytes: order.reduce(0) { $0 + inputs[$1.input].segment.documentBytes($1.row) },
      withClusters: getsClusters)
    for start in stride(from: 0, to: order.count, by: rowsPerBatch) {
      let batch = order[start..<min(start + rowsPerBatch, order.count)]
      var wanted = SegmentRows()
      for (index, item) in batch.enumerated() {
        wanted.add(inputs[item.input].segment, item.row, for: index)
        rowMaps[item.input][item.row] = Int32(start + index)
      }
      var documents = [Text?](repeating: nil, count: batch.count)
      var vectors = [[Float]](repeating: [], count: batch.count)
      for (segment, rows, targets) in wanted.bySegment {
        for (target, text) in zip(targets, try await segment.documents(rows)) {
          documents[target] = text
        }
        for (target, vector) in zip(targets, try await segment.vectors(rows)) {
          vectors[target] = vector
        }
      }
      let fine = inputs.map { basis.flatMap($0.segment.fineCodes) }
      for (index, item) in batch.enumerated() {
        let segment = inputs[item.input].segment
        let code = fine[item.input].flatMap { fine in
          segment.codes.map {
            RowCode(
              codes: $0, fine: fine, row: item.row,
              position: positions[item.input].map { Int($0[item.row]) })
          }
        }
        try builder.append(
          offset: item.offset, id: segment.id(item.row), vector: vectors[index],
          document: documents[index], uri: segment.uri(item.row),
          metadata: segment.metadata(item.row), checksums: segment.checksums(of: item.row),
          code: code)
      }
      for input in inputs { try input.segment.checkIntegrity() }
      await Task.yield()
      if Task.isCancelled { throw .cancelled }
    }
    if let codes, basis != nil { try await codes.arrange(&builder) }
    return (builder.finish(), rowMaps)
  }

  /// What the segments' codes are relative to, that of the largest first.
  private static func bases(of segments: [Segment]) -> [CodeBasis] {
    segments.sorted { $0.rowCount > $1.rowCount }.compactMap { $0.codes?.basis }
  }
}

extension Segment {
  /// The fine codes, where they are at hand and of this basis, so that they can be copied.
  fileprivate func fineCodes(of basis: CodeBasis) -> FineCodes? {
    guard let codes, CodeBasis.isSame(codes.basis, basis) else { return nil }
    return fineCodesAtHand
  }
}

extension SegmentBuilder {
  fileprivate mutating func append(
    offset: UInt64, id: Text, vector: [Float], document: Text?, uri: Text?, metadata: Metadata,
    checksums: RowChecksums, code: RowCode? = nil
  ) throws(SegmentError) {
    let result: Result<Void, SegmentError> = vector.withUnsafeBufferPointer { vector in
      func add(_ bytes: UnsafeBufferPointer<UInt8>?) -> Result<Void, SegmentError> {
        do throws(SegmentError) {
          return .success(
            try append(
              offset: offset, id: id, vector: vector, document: bytes, uri: uri,
              metadata: metadata, checksums: checksums, code: code))
        } catch {
          return .failure(error)
        }
      }
      return document.map { $0.withUTF8 { add($0) } } ?? add(nil)
    }
    try result.get()
  }
}
