import JSON
import Model

/// Chroma's structs of an index's parameters; all refuse unknown fields.
extension Structure {
  static let hnsw = Structure(
    name: "HnswIndexConfig",
    fields: [
      "ef_construction", "max_neighbors", "ef_search", "num_threads", "batch_size",
      "sync_threshold", "resize_factor",
    ], isStrict: true)
  static let hnswConfiguration = Structure(
    name: "HnswConfiguration",
    fields: [
      "space", "ef_construction", "ef_search", "max_neighbors", "num_threads", "resize_factor",
      "sync_threshold", "batch_size",
    ], isStrict: true)
  static let hnswUpdate = Structure(
    name: "UpdateHnswConfiguration",
    fields: [
      "ef_search", "max_neighbors", "num_threads", "resize_factor", "sync_threshold", "batch_size",
    ], isStrict: true)
  static let spann = Structure(
    name: "SpannIndexConfig",
    fields: [
      "search_nprobe", "search_rng_factor", "search_rng_epsilon", "nreplica_count",
      "write_rng_factor", "write_rng_epsilon", "split_threshold", "num_samples_kmeans",
      "initial_lambda", "reassign_neighbor_count", "merge_threshold", "num_centers_to_merge_to",
      "write_nprobe", "ef_construction", "ef_search", "max_neighbors", "center_drift_threshold",
      "quantize",
    ], defaultedCount: 1, isStrict: true)
  static let spannConfiguration = Structure(
    name: "SpannConfiguration",
    fields: [
      "search_nprobe", "write_nprobe", "space", "ef_construction", "ef_search", "max_neighbors",
      "reassign_neighbor_count", "split_threshold", "merge_threshold",
    ], isStrict: true)
  static let spannUpdate = Structure(
    name: "UpdateSpannConfiguration", fields: ["search_nprobe", "ef_search"], isStrict: true)
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
  mutating func hnswParameters(_ structure: Structure) throws(JSONError) -> HNSWParameters {
    var parameters = HNSWParameters()
    try self.structure(structure) { (body, field) throws(JSONError) in
      try parameters.read(field, &body)
    }
    return parameters
  }

  mutating func spannParameters(_ structure: Structure) throws(JSONError) -> SPANNParameters {
    var parameters = SPANNParameters()
    try self.structure(structure) { (body, field) throws(JSONError) in
      switch field {
      case "space":
        parameters.space = try body.optional { (body) throws(JSONError) in
          try body.variant(Distance.variants)
        }
      case "quantize":
        let isOn = try body.variant([
          ("none", false), ("four_bit_rabit_q_with_u_search", true),
        ])
        if isOn { parameters.isDefault = false }
      default:
        let value = try body.optional { (body) throws(JSONError) in
          try body.spannNumber(field)
        }
        if let value, value != SPANNParameters.defaults[field] { parameters.isDefault = false }
      }
    }
    return parameters
  }

  private mutating func spannNumber(_ field: Text) throws(JSONError) -> Double {
    switch field {
    case "search_rng_factor", "search_rng_epsilon", "write_rng_factor", "write_rng_epsilon",
      "initial_lambda", "center_drift_threshold":
      Double(try json.float())
    case "num_samples_kmeans", "ef_construction", "ef_search", "max_neighbors":
      Double(try usize())
    default: Double(try u32())
    }
  }
}
