package import Engine
package import JSON
import Model

extension CollectionInfo {
  /// Writes the collection as Chroma shows it. Errors: a stored configuration that cannot be read.
  package func write(_ json: inout JSONWriter) throws(APIError) {
    let schema: IndexSchema
    do throws(EngineError) {
      schema = try CollectionSettings(stored: definition.configuration).schema
    } catch {
      throw APIError(error)
    }
    json.beginObject()
    json.key("id")
    json.string(id.description)
    json.key("name")
    json.string(definition.name)
    json.key("configuration_json")
    schema.writeConfiguration(&json)
    json.key("schema")
    schema.grown(by: observedKeys).write(&json)
    json.key("metadata")
    if let metadata = definition.metadata {
      json.beginObject()
      for entry in metadata.entries {
        json.key(entry.key)
        json.metadata(entry.value)
      }
      json.endObject()
    } else {
      json.null()
    }
    json.key("dimension")
    if let dimension { json.int(dimension) } else { json.null() }
    json.key("tenant")
    json.string(tenant)
    json.key("database")
    json.string(database)
    // A local Chroma leaves these two at zero; the position is in a header.
    json.key("log_position")
    json.int(0)
    json.key("version")
    json.int(0)
    json.endObject()
  }
}

extension IndexSchema {
  /// `configuration_json`: the vector index once more, in the shape of a create request.
  fileprivate func writeConfiguration(_ json: inout JSONWriter) {
    let vector = vectorIndex
    let parameters = (vector.hnsw ?? HNSWParameters()).filled(with: .defaults)
    json.beginObject()
    json.key("hnsw")
    json.beginObject()
    json.key("space")
    json.string(distance.name)
    json.key("ef_construction")
    json.int(parameters.efConstruction ?? 0)
    json.key("ef_search")
    json.int(parameters.efSearch ?? 0)
    json.key("max_neighbors")
    json.int(parameters.maxNeighbors ?? 0)
    json.key("resize_factor")
    json.double(parameters.resizeFactor ?? 0)
    json.key("sync_threshold")
    json.int(parameters.syncThreshold ?? 0)
    json.endObject()
    json.key("spann")
    json.null()
    json.key("embedding_function")
    if let function = vector.embeddingFunction { function.write(&json) } else { json.null() }
    json.endObject()
  }
}
