import JSON
import Model

/// The members of the objects that refuse unknown ones, in the order in which Chroma names them.
enum SchemaFields {
  static let hnsw: [Text] = [
    "ef_construction", "max_neighbors", "ef_search", "num_threads", "batch_size",
    "sync_threshold", "resize_factor",
  ]
  static let hnswConfiguration: [Text] = [
    "space", "ef_construction", "ef_search", "max_neighbors", "num_threads", "resize_factor",
    "sync_threshold", "batch_size",
  ]
  static let hnswUpdate: [Text] = [
    "ef_search", "max_neighbors", "num_threads", "resize_factor", "sync_threshold", "batch_size",
  ]
  static let spann: [Text] = [
    "search_nprobe", "search_rng_factor", "search_rng_epsilon", "nreplica_count",
    "write_rng_factor", "write_rng_epsilon", "split_threshold", "num_samples_kmeans",
    "initial_lambda", "reassign_neighbor_count", "merge_threshold", "num_centers_to_merge_to",
    "write_nprobe", "ef_construction", "ef_search", "max_neighbors", "center_drift_threshold",
    "quantize",
  ]
  static let spannConfiguration: [Text] = [
    "search_nprobe", "write_nprobe", "space", "ef_construction", "ef_search", "max_neighbors",
    "reassign_neighbor_count", "split_threshold", "merge_threshold",
  ]
  static let spannUpdate: [Text] = ["search_nprobe", "ef_search"]
}

/// What matters of SPANN parameters, which belong to Chroma's distributed server.
struct SPANNParameters {
  var space: Distance?
  var isDefault = true

  /// Chroma's defaults, of those that are numbers.
  static let defaults: [Text: Double] = [
    "search_nprobe": 64, "search_rng_factor": 1, "search_rng_epsilon": 10, "nreplica_count": 8,
    "write_rng_factor": 1, "write_rng_epsilon": 5, "split_threshold": 50,
    "num_samples_kmeans": 1000, "initial_lambda": 100, "reassign_neighbor_count": 64,
    "merge_threshold": 25, "num_centers_to_merge_to": 8, "write_nprobe": 32,
    "ef_construction": 200, "ef_search": 200, "max_neighbors": 64,
  ]
}

extension BodyReader {
  mutating func hnswParameters(known: [Text]) throws(JSONError) -> HNSWParameters {
    var parameters = HNSWParameters()
    try object(expected: "struct HnswIndexConfig") { (body, key) throws(JSONError) in
      guard known.contains(key), try parameters.read(key, &body) else {
        throw body.unknownField(key, known: known)
      }
    }
    return parameters
  }

  mutating func spannParameters(known: [Text]) throws(JSONError) -> SPANNParameters {
    var parameters = SPANNParameters()
    try object(expected: "struct SpannConfiguration") { (body, key) throws(JSONError) in
      guard known.contains(key) else { throw body.unknownField(key, known: known) }
      switch key {
      case "space":
        parameters.space = try body.optional { (body) throws(JSONError) in
          try body.variant(Distance.variants)
        }
      case "quantize":
        if try body.text() != "none" { parameters.isDefault = false }
      default:
        let value = try body.optional { (body) throws(JSONError) in try body.double() }
        if let value, value != SPANNParameters.defaults[key] { parameters.isDefault = false }
      }
    }
    return parameters
  }
}
