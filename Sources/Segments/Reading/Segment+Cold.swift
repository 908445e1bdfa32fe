package import Model
import ObjectStore
package import VectorIndex

extension Segment {
  var vectorRange: Range<Int> { footer.section(.vectors) ?? 0..<0 }
  var normRange: Range<Int> { footer.section(.inverseNorms) ?? 0..<0 }
  var documentRange: Range<Int> { footer.section(.documents) ?? 0..<0 }
  private var rowBytes: Int { dimension * 4 }

  /// Bytes of vectors read between two offers to let others have the thread, and given back at once where memory
  /// is short.
  var pieceBytes: Int { min(reader.requestBytesMax * 2, 4 << 20) }

  // MARK: Documents

  /// Of so many rows texts are brought into the cache before they are read.
  private static let prefetchedMax = 256

  /// The documents of the rows, in the order asked for; nil where a row has none.
  package func documents(_ rows: [Int]) async throws(SegmentError) -> [Text?] {
    if documentsAreLocal.outcome == .reached, !budget.isOverMemory {
      return try documentsAtHand(rows)
    }
    let wanted = rows.indices.filter { hasDocument(rows[$0]) }
      .sorted { rows[$0] < rows[$1] }
    let ranges = wanted.map { documentPlace(rows[$0]) }
    var found = [Text?](repeating: nil, count: rows.count)
    if documentsAreLocal.outcome == .reached {
      for (index, range) in zip(wanted, ranges) { found[index] = copy.region.slice(range)?.text }
      for range in ranges { dropPages(around: range) }
    } else {
      for (index, bytes) in zip(wanted, try await reader.read(ranges)) {
        found[index] = Text(utf8: bytes)
      }
    }
    for index in wanted where found[index] == nil { throw isNotUTF8(rows[index]) }
    return found
  }

  private func documentsAtHand(_ rows: [Int]) throws(SegmentError) -> [Text?] {
    let region = copy.region
    for row in rows.prefix(Self.prefetchedMax) { Prefetch.bytes(documentPlace(row), of: region) }
    var found: [Text?] = []
    found.reserveCapacity(rows.count)
    for row in rows {
      guard hasDocument(row) else {
        found.append(nil)
        continue
      }
      let range = documentPlace(row)
      let text = region.withBytes { bytes in
        range.upperBound <= bytes.count
          ? Text(utf8: UnsafeRawBufferPointer(rebasing: bytes[range])) : nil
      }
      guard let text else { throw isNotUTF8(row) }
      found.append(text)
    }
    return found
  }

  /// Where the row's document is in the segment.
  private func documentPlace(_ row: Int) -> Range<Int> {
    let base = documentRange.lowerBound
    let range = documentTable.range(row)
    return base + range.lowerBound..<base + range.upperBound
  }

  private func isNotUTF8(_ row: Int) -> SegmentError {
    .damaged(key: key, reason: "the document of row \(row) is not UTF-8")
  }

  package func forEachDocument(
    in rows: RowSet, _ body: (Int, UnsafeBufferPointer<UInt8>?) -> Void
  ) async throws(SegmentError) {
    let isLocal = await waitForLocal(documentsAreLocal, share: Double(rows.memberCount))
    var window: [Int] = []
    var windowBytes = 0
    for row in rows {
      window.append(row)
      windowBytes += documentBytes(row) + 16
      guard windowBytes >= (isLocal ? 1 << 20 : reader.requestBytesMax) else { continue }
      try await visit(window, isLocal: isLocal, body)
      window.removeAll(keepingCapacity: true)
      windowBytes = 0
      await Task.yield()
      if Task.isCancelled { throw .cancelled }
    }
    try await visit(window, isLocal: isLocal, body)
  }

  private func visit(
    _ rows: [Int], isLocal: Bool, _ body: (Int, UnsafeBufferPointer<UInt8>?) -> Void
  ) async throws(SegmentError) {
    guard let first = rows.first, let last = rows.last else { return }
    let base = documentRange.lowerBound
    let whole =
      base + documentTable.range(first).lowerBound..<base + documentTable.range(last).upperBound
    if isLocal {
      copy.region.withBytes { bytes in
        for row in rows { body(row, document(row, in: bytes, from: 0)) }
      }
      if budget.isOverMemory { copy.drop(whole) }
      return
    }
    let present = rows.filter { hasDocument($0) }
    let ranges = present.map { row in
      let range = documentTable.range(row)
      return base + range.lowerBound..<base + range.upperBound
    }
    let texts = try await reader.read(ranges)
    var next = 0
    for row in rows {
      guard hasDocument(row) else {
        body(row, nil)
        continue
      }
      texts[next].withUnsafeBufferPointer { body(row, $0) }
      next += 1
    }
  }

  private func document(
    _ row: Int, in bytes: UnsafeRawBufferPointer, from start: Int
  ) -> UnsafeBufferPointer<UInt8>? {
    guard hasDocument(row) else { return nil }
    let range = documentTable.range(row)
    let base = documentRange.lowerBound
    return UnsafeRawBufferPointer(
      rebasing: bytes[base + range.lowerBound..<base + range.upperBound]
    ).bindMemory(to: UInt8.self)
  }

  // MARK: Vectors

  /// The vectors of the rows, in the order asked for.
  package func vectors(_ rows: [Int]) async throws(SegmentError) -> [[Float]] {
    let order = rows.indices.sorted { rows[$0] < rows[$1] }
    let ranges = order.map { index in
      let start = vectorRange.lowerBound + rows[index] * rowBytes
      return start..<start + rowBytes
    }
    var found = [[Float]](repeating: [], count: rows.count)
    if vectorsAreLocal.outcome == .reached {
      let regions = ranges.map { copy.region.slice($0) }
      // They are far apart, and come at the same time so.
      for region in regions { region.map(Prefetch.bytes) }
      for (index, region) in zip(order, regions) {
        found[index] = region.map { $0.withBytes(Self.floats) } ?? []
      }
      if budget.isOverMemory { for range in ranges { dropPages(around: range) } }
    } else {
      for (index, bytes) in zip(order, try await reader.read(ranges)) {
        found[index] = bytes.withUnsafeBytes(Self.floats)
      }
    }
    return found
  }

  /// Calls `body` with the number of each row among these and its vector, which is valid only during the call, where all
  /// vectors are in memory.
  /// - Returns: False, and nothing was done, where they are not.
  package func forEachVectorAtHand(
    _ rows: [Int], _ body: (Int, UnsafeBufferPointer<Float>) -> Void
  ) -> Bool {
    guard hasVectorsAtHand, !budget.isOverMemory, rows.allSatisfy((0..<rowCount).contains) else {
      return false
    }
    let region = copy.region
    guard vectorRange.upperBound <= region.count else { return false }
    func range(_ row: Int) -> Range<Int> {
      let start = vectorRange.lowerBound + row * rowBytes
      return start..<start + rowBytes
    }
    // They are far apart, and come at the same time so.
    for row in rows { Prefetch.bytes(range(row), of: region) }
    region.withBytes { bytes in
      for (index, row) in rows.enumerated() {
        let components = UnsafeRawBufferPointer(rebasing: bytes[range(row)])
        body(index, components.bindMemory(to: Float.self))
      }
    }
    return true
  }

  /// Calls `body` with vectors as columns, in ranges of rows that ascend and cover those of the set (nil: all); row
  /// 0 of a column is the first of its range. The columns need not be kept.
  package func forEachVectorPiece(
    rows: RowSet?, _ body: (Range<Int>, VectorColumn) async throws(SegmentError) -> Void
  ) async throws(SegmentError) {
    guard rowCount > 0 else { return }
    let share = Double(rows?.memberCount ?? rowCount)
    let isLocal = await waitForLocal(vectorsAreLocal, share: share)
    if isLocal, !budget.isOverMemory {
      return try await body(0..<rowCount, localColumn(0..<rowCount))
    }
    let pieceRows = max(pieceBytes / rowBytes, 1)
    for start in stride(from: 0, to: rowCount, by: pieceRows) {
      let piece = start..<min(start + pieceRows, rowCount)
      if let rows, !rows.hasMember(in: piece) { continue }
      let bytes =
        vectorRange.lowerBound + piece.lowerBound * rowBytes..<vectorRange.lowerBound + piece
        .upperBound * rowBytes
      if isLocal {
        try await body(piece, localColumn(piece))
        copy.drop(bytes)
      } else {
        try await body(piece, try await remoteColumn(bytes))
      }
      if Task.isCancelled { throw .cancelled }
    }
  }

  /// Rows of the local copy, in place.
  private func localColumn(_ rows: Range<Int>) -> VectorColumn {
    copy.region.withBytes { bytes in
      VectorColumn(
        viewing: UnsafeRawBufferPointer(
          rebasing: bytes[
            vectorRange.lowerBound + rows.lowerBound * rowBytes..<vectorRange.lowerBound + rows
              .upperBound * rowBytes]),
        inverseNorms: UnsafeRawBufferPointer(
          rebasing: bytes[
            normRange.lowerBound + rows.lowerBound * 4..<normRange.lowerBound + rows.upperBound * 4]
        ), dimension: dimension, owner: copy)
    }
  }

  private func remoteColumn(_ range: Range<Int>) async throws(SegmentError) -> VectorColumn {
    var column = VectorColumn(dimension: dimension)
    let bytes = try await reader.read(range, inPartsOf: partBytes)
    column.append(bytes.withUnsafeBytes(Self.floats))
    return column
  }

  /// A range of the cold part from the bucket.
  func remoteRegion(_ range: Range<Int>) async throws(SegmentError) -> ByteRegion {
    ByteRegion(copying: try await reader.read(range, inPartsOf: partBytes))
  }

  /// Requests that come in parallel.
  private var partBytes: Int { pieceBytes / 4 }

  // MARK: Parts

  /// Whether a part of the local copy can be read. Where it is being fetched and much of it is wanted, waits for
  /// it: asking the bucket once more would only take longer.
  func waitForLocal(_ milestone: Milestone, share rows: Double) async -> Bool {
    if let outcome = milestone.outcome { return outcome == .reached }
    guard rows > Self.waitingShare * Double(rowCount) else { return false }
    await milestone.wait()
    return milestone.outcome == .reached
  }

  private static var waitingShare: Double { 0.1 }

  /// Linux maps this much around a page that is read for the first time.
  private static var faultBytes: Int { 64 << 10 }

  private func dropPages(around range: Range<Int>) {
    let start = max(range.lowerBound - Self.faultBytes, 0)
    copy.drop(start..<min(range.upperBound + Self.faultBytes, summary.size))
  }

  private static func floats(_ bytes: UnsafeRawBufferPointer) -> [Float] {
    [Float](unsafeUninitializedCapacity: bytes.count / 4) { buffer, initialized in
      UnsafeMutableRawBufferPointer(buffer).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 4 * 4)]))
      initialized = bytes.count / 4
    }
  }
}

extension Segment {
  /// Reads the whole object from the bucket and checks every byte of it, and that each row is what its checksums say: they
  /// were made of the record as it was written, not of what a flush or a merge made of it.
  package func verify() async throws(SegmentError) {
    for start in stride(from: 0, to: footer.hotOffset, by: reader.requestBytesMax) {
      _ = try await reader.read(start..<min(start + reader.requestBytesMax, footer.hotOffset))
    }
    for start in stride(from: 0, to: rowCount, by: Self.verifiedRows) {
      try await verify(rows: start..<min(start + Self.verifiedRows, rowCount))
    }
    try checkIntegrity()
  }

  private static var verifiedRows: Int { 4096 }

  private func verify(rows: Range<Int>) async throws(SegmentError) {
    let (documents, vectors) = (try await documents(Array(rows)), try await vectors(Array(rows)))
    for (row, (document, vector)) in zip(rows, zip(documents, vectors)) {
      let content = (
        document: document.map { $0.withUTF8 { CRC32C.checksum(UnsafeRawBufferPointer($0)) } },
        vector: RowChecksums.checksum(of: vector)
      )
      let made = RowChecksums(
        offset: offset(row), id: id(row), uri: uri(row), metadata: metadata(row),
        document: content.document, vector: content.vector)
      guard made == checksums(of: row) else {
        try checkIntegrity()
        throw .damaged(key: key, reason: "row \(row) is not what its checksums say")
      }
    }
    await Task.yield()
    if Task.isCancelled { throw .cancelled }
  }
}
