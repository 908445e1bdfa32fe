import Engine
import Model

// What of the requests that may be served on an event loop is short, and what is done elsewhere.

extension GetPayload {
  /// Whether it is answered in some ten microseconds: a few records by their ids.
  var isShort: Bool {
    !selection.isFiltered && (selection.ids?.count ?? .max) <= include.shortAnswerRecordsMax
  }
}

extension QueryPayload {
  /// Whether it takes hardly longer than the scan that it needs.
  var isShort: Bool {
    !selection.isFiltered && selection.ids == nil && lengths.count == 1
      && (count ?? 10) <= include.shortAnswerRecordsMax
  }
}

extension [Include] {
  /// So many records are written in a tenth of a millisecond, unless their documents are long.
  fileprivate var shortAnswerRecordsMax: Int {
    contains(.embeddings)
      ? Limits.shortAnswerEmbeddingsMax : Limits.shortAnswerRecordsMax
  }
}

extension Call {
  /// Whether a read of the path's collection waits for nothing, not even for another task to look at it.
  func isAtHand(_ engine: Engine, componentsMax: Int) -> Bool {
    guard !reading.isStrong, reading.minimumLogPosition == nil, let address = try? address(),
      let components = engine.componentsAtHand(of: address)
    else { return false }
    return components <= componentsMax
  }
}

extension RecordView {
  /// About so many bytes of JSON.
  fileprivate var byteCount: Int {
    var bytes = id.utf8Count + (document?.utf8Count ?? 0) + (uri?.utf8Count ?? 0)
    bytes += (embedding?.count ?? 0) * 12
    let metadata: Metadata
    switch storedMetadata {
    case .encoded(let encoded): return bytes + encoded.byteCount + encoded.count * 16
    case .values(let values): metadata = values
    }
    for entry in metadata.entries {
      bytes += entry.key.utf8Count + 16
      switch entry.value {
      case .string(let text): bytes += text.utf8Count
      case .strings(let texts): bytes += texts.reduce(0) { $0 + $1.utf8Count + 4 }
      case .bools(let list): bytes += list.count * 6
      case .ints(let list): bytes += list.count * 12
      case .floats(let list): bytes += list.count * 20
      case .bool, .int, .float: break
      }
    }
    return bytes
  }
}

extension Handlers {
  /// What `answer` writes about the records; on Swift's threads where that is long.
  func written(
    _ records: some Sequence<RecordView>, _ answer: () -> Answer
  ) async -> Answer {
    let bytes = records.reduce(0) { $0 + $1.byteCount }
    if bytes < LongWork.bytesMin { return answer() }
    return await onSwiftThreads { answer() }
  }
}
