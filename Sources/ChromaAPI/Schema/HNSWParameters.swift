import JSON
import Model
import NIOCore

/// The parameters of the vector index, those that were given. Apus keeps and shows them, and searches in
/// its own way.
package struct HNSWParameters: Hashable, Sendable {
  var efConstruction: UInt64?
  package var maxNeighbors: UInt64?
  package var efSearch: UInt64?
  package var threadCount: UInt64?
  var batchSize: UInt64?
  var syncThreshold: UInt64?
  var resizeFactor: Double?

  /// All but the number of threads, which is the machine's own.
  static let defaults = HNSWParameters(
    efConstruction: 100, maxNeighbors: 16, efSearch: 100, threadCount: nil, batchSize: 100,
    syncThreshold: 1000, resizeFactor: 1.2)

  /// These, and where one is missing the other's.
  func filled(with other: HNSWParameters) -> HNSWParameters {
    HNSWParameters(
      efConstruction: efConstruction ?? other.efConstruction,
      maxNeighbors: maxNeighbors ?? other.maxNeighbors,
      efSearch: efSearch ?? other.efSearch,
      threadCount: threadCount ?? other.threadCount,
      batchSize: batchSize ?? other.batchSize,
      syncThreshold: syncThreshold ?? other.syncThreshold,
      resizeFactor: resizeFactor ?? other.resizeFactor)
  }

  /// Whether nothing but the defaults was given; the number of threads does not count.
  var isDefault: Bool {
    var filled = filled(with: .defaults)
    filled.threadCount = nil
    return filled == .defaults
  }

  /// Whether nothing but the defaults was given, the number of threads included.
  var isDefaultWithThreads: Bool {
    isDefault && (threadCount ?? Self.coreCount) == Self.coreCount
  }

  /// As the schema has it. `stored` leaves out what was not given, else it is filled up.
  func write(_ json: inout JSONWriter, stored: Bool) {
    var shown = self
    if !stored { shown.threadCount = threadCount ?? Self.coreCount }
    json.beginObject()
    shown.writeMember("ef_construction", shown.efConstruction, &json)
    shown.writeMember("max_neighbors", shown.maxNeighbors, &json)
    shown.writeMember("ef_search", shown.efSearch, &json)
    shown.writeMember("num_threads", shown.threadCount, &json)
    shown.writeMember("batch_size", shown.batchSize, &json)
    shown.writeMember("sync_threshold", shown.syncThreshold, &json)
    if let resizeFactor {
      json.key("resize_factor")
      json.double(resizeFactor)
    }
    json.endObject()
  }

  private func writeMember(_ key: String, _ value: UInt64?, _ json: inout JSONWriter) {
    guard let value else { return }
    json.key(key)
    json.int(value)
  }
}

extension HNSWParameters {
  private static let coreCount = UInt64(System.coreCount)

  /// Reads one of the parameters.
  mutating func read(_ key: Text, _ body: inout BodyReader) throws(JSONError) {
    if key == "resize_factor" {
      resizeFactor = try body.optional { (body) throws(JSONError) in try body.double() }
      return
    }
    let value = try body.optional { (body) throws(JSONError) in try body.usize() }
    switch key {
    case "ef_construction": efConstruction = value
    case "max_neighbors": maxNeighbors = value
    case "ef_search": efSearch = value
    case "num_threads": threadCount = value
    case "batch_size": batchSize = value
    default: syncThreshold = value
    }
  }
}

extension Distance {
  var name: Text {
    switch self {
    case .l2: "l2"
    case .cosine: "cosine"
    case .innerProduct: "ip"
    }
  }

  static let variants: [(name: Text, value: Distance)] = [
    ("l2", .l2), ("cosine", .cosine), ("ip", .innerProduct),
  ]
}
