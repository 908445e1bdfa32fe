import ChromaAPI
import Engine
import JSON
import Model
import NIOCore
import Testing

@Suite struct CollectionSettingsTests {
  private func definition(_ json: String) throws(APIError) -> CollectionDefinition {
    try read(json) { (body) throws(JSONError) in try body.createCollectionPayload() }
      .definition(database: "default_database")
  }

  private func shown(
    _ definition: CollectionDefinition, observed: [ObservedKey] = []
  ) throws -> String {
    var json = JSONWriter()
    try CollectionInfo(
      id: .zero, tenant: "default_tenant", database: "default_database", definition: definition,
      dimension: nil, observedKeys: observed, logPosition: 7
    ).write(&json)
    return String(decoding: json.finish(), as: UTF8.self)
  }

  private var threads: Int { System.coreCount }

  @Test("a plain collection is shown as Chroma shows it")
  func plain() throws {
    let hnsw =
      #"{"ef_construction":100,"max_neighbors":16,"ef_search":100,"num_threads":\#(threads),"#
      + #""batch_size":100,"sync_threshold":1000,"resize_factor":1.2}"#
    let expected =
      #"{"id":"00000000-0000-0000-0000-000000000000","name":"abc","configuration_json":{"hnsw":"#
      + #"{"space":"l2","ef_construction":100,"ef_search":100,"max_neighbors":16,"#
      + #""resize_factor":1.2,"sync_threshold":1000},"spann":null,"embedding_function":null},"#
      + #""schema":{"defaults":{"string":{"fts_index":{"enabled":false,"config":{}},"#
      + #""string_inverted_index":{"enabled":true,"config":{}}},"float_list":{"vector_index":"#
      + #"{"enabled":false,"config":{"space":"l2","hnsw":\#(hnsw)}}},"sparse_vector":"#
      + #"{"sparse_vector_index":{"enabled":false,"config":{"embedding_function":"#
      + #"{"type":"unknown"},"bm25":false}}},"int":{"int_inverted_index":{"enabled":true,"#
      + #""config":{}}},"float":{"float_inverted_index":{"enabled":true,"config":{}}},"#
      + #""bool":{"bool_inverted_index":{"enabled":true,"config":{}}}},"keys":{"#
      + ##""#document":{"string":{"fts_index":{"enabled":true,"config":{}},"##
      + ##""string_inverted_index":{"enabled":false,"config":{}}}},"#embedding":{"float_list":"##
      + ##"{"vector_index":{"enabled":true,"config":{"space":"l2","source_key":"#document","##
      + #""hnsw":\#(hnsw)}}}}}},"metadata":null,"dimension":null,"tenant":"default_tenant","#
      + #""database":"default_database","log_position":0,"version":0}"#
    #expect(try shown(definition(#"{"name":"abc"}"#)) == expected)
  }

  @Test(
    "the space comes from configuration, schema or the metadata of old",
    arguments: [
      (#"{"name":"abc"}"#, Distance.l2),
      (#"{"name":"abc","configuration":{"hnsw":{"space":"ip"}}}"#, .innerProduct),
      (#"{"name":"abc","configuration":{"spann":{"space":"cosine"}}}"#, .cosine),
      (#"{"name":"abc","metadata":{"hnsw:space":"cosine"}}"#, .cosine),
      (
        #"{"name":"abc","metadata":{"hnsw:space":"cosine"},"configuration":{"hnsw":null}}"#,
        .cosine
      ),
      (
        #"{"name":"abc","metadata":{"hnsw:space":"cosine"},"configuration":{"hnsw":"#
          + #"{"space":"l2"}}}"#, .cosine
      ),
      (
        #"{"name":"abc","metadata":{"hnsw:space":"cosine"},"configuration":{"hnsw":"#
          + #"{"ef_search":50}}}"#, .l2
      ),
      (
        ##"{"name":"abc","schema":{"defaults":{},"keys":{"#embedding":{"float_list":"##
          + ##"{"vector_index":{"enabled":true,"config":{"space":"cosine"}}}}}}}"##, .cosine
      ),
    ])
  func space(json: String, expected: Distance) throws {
    #expect(try definition(json).distance == expected)
  }

  @Test(
    "settings that contradict each other or mean nothing are refused",
    arguments: [
      (
        #"{"name":"abc","configuration":{"hnsw":{},"spann":{}}}"#,
        "Multiple vector index configurations provided"
      ),
      (
        #"{"name":"abc","metadata":{"hnsw:foo":1}}"#,
        "Failed to parse hnsw parameters from segment metadata"
      ),
      (
        #"{"name":"abc","metadata":{"hnsw:space":"x"}}"#,
        "Failed to parse hnsw parameters from segment metadata"
      ),
      (
        #"{"name":"abc","configuration":{"hnsw":{"space":"ip"}},"schema":{"defaults":{},"#
          + #""keys":{"a":{"int":{"int_inverted_index":{"enabled":false,"config":{}}}}}}}"#,
        "Failed to reconcile schema: Cannot set both collection config and schema simultaneously"
      ),
      (
        #"{"name":"abc","schema":{"defaults":{},"keys":{"s":{"sparse_vector":"#
          + #"{"sparse_vector_index":{"enabled":true,"config":{}}}}}}}"#,
        "Failed to reconcile schema: Invalid schema input: Sparse vector indexing is not "
          + "enabled in local"
      ),
      (
        ##"{"name":"abc","schema":{"defaults":{},"keys":{"#x":{}}}}"##,
        "Validation error: schema: key cannot begin with '#'. Keys starting with '#' are "
          + "reserved for system use: #x"
      ),
      (
        #"{"name":"abc","schema":{"defaults":{},"keys":{},"cmek":{"gcp":"x"},"#
          + #""source_attached_function_id":"f"}}"#,
        "Validation error: schema: Cannot set source_attached_function_id. This field is "
          + "reserved for system use."
      ),
      (
        #"{"name":"abc","schema":{"defaults":{},"keys":{},"cmek":{"gcp":"a\"\u0000\u0301"}}}"#,
        #"Validation error: schema: CMEK does not match expected pattern: Gcp("a\"\0\u{301}")"#
      ),
      (
        #"{"name":"abc","schema":{"defaults":{},"keys":{},"cmek":"#
          + #"{"gcp":"projects//locations/l/keyRings/r/cryptoKeys/k"}}}"#,
        "Validation error: schema: CMEK does not match expected pattern: "
          + "Gcp(\"projects//locations/l/keyRings/r/cryptoKeys/k\")"
      ),
      (#"{"name":"abc","metadata":{}}"#, "Validation error: metadata: Metadata cannot be empty"),
      (
        ##"{"name":"abc","metadata":{"#s":1}}"##,
        "Validation error: metadata: Metadata key cannot start with '#' or '$': #s"
      ),
    ])
  func refused(json: String, expected: String) {
    #expect(throws: APIError.invalid(expected)) { try definition(json) }
  }

  @Test("what is stored reads back the same, and does not depend on the machine")
  func stored() throws {
    let definition = try definition(
      #"{"name":"abc","configuration":{"hnsw":{"ef_search":7},"embedding_function":"#
        + #"{"type":"known","name":"x","config":{"a":[1,{"b":null}],"é":"\u00e9"}}}}"#)
    let settings = try CollectionSettings(stored: definition.configuration)
    #expect(settings.stored == definition.configuration)
    #expect(!definition.configuration.string.contains("num_threads"))
    #expect(
      settings.schema.vectorIndex.embeddingFunction
        == .known(name: "x", configuration: #"{"a":[1,{"b":null}],"é":"é"}"#))
    #expect(throws: EngineError.self) { try CollectionSettings(stored: "{}") }
  }

  @Test("an update changes what it names in both vector indexes")
  func update() throws {
    var settings = try CollectionSettings(stored: definition(#"{"name":"abc"}"#).configuration)
    let update = try read(
      #"{"new_configuration":{"hnsw":{"ef_search":7,"num_threads":3},"embedding_function":"#
        + #"{"type":"legacy"}}}"#
    ) { (body) throws(JSONError) in try body.updateCollectionPayload() }
    settings.apply(try #require(update.configuration))
    for index in [
      settings.schema.vectorIndex, try #require(settings.schema.defaults.floatList?.vector),
    ] {
      #expect(index.hnsw?.efSearch == 7)
      #expect(index.hnsw?.threadCount == 3)
      #expect(index.hnsw?.maxNeighbors == 16)
      #expect(index.embeddingFunction == .legacy)
      #expect(index.space == .l2)
    }
  }

  @Test("parameters of the index go up to 2^64 - 1")
  func largest() throws {
    let json = try shown(
      definition(
        #"{"name":"abc","configuration":{"hnsw":{"ef_search":18446744073709551615}}}"#))
    #expect(json.contains(#""ef_search":18446744073709551615"#))
  }

  @Test("an embedding function's configuration is kept as Chroma keeps it")
  func functionConfiguration() throws {
    let json = try shown(
      definition(
        #"{"name":"abc","configuration":{"embedding_function":{"type":"known","name":"x","#
          + #""config":{"b":1E2,"a":36893488147419103232,"b":-0,"c":[]}}}}"#))
    #expect(json.contains(#""config":{"a":3.6893488147419103e+19,"b":-0.0,"c":[]}"#))
  }

  @Test(
    "of several faults of a create request the first in Chroma's order is told",
    arguments: [
      (
        "x", #"{"name":"a","configuration":{"hnsw":{},"spann":{}}}"#,
        "Multiple vector index configurations provided"
      ),
      (
        "x", #"{"name":"a"}"#, "database name must be at least 3 characters"
      ),
      (
        "abc",
        #"{"name":"abc","metadata":{},"schema":{"defaults":{"bool":{"bool_inverted_index":"#
          + #"{"enabled":false,"config":{}}}},"keys":{}},"configuration":{"hnsw":{"space":"ip"}}}"#,
        "Validation error: metadata: Metadata cannot be empty"
      ),
      (
        "abc",
        ##"{"name":"abc","schema":{"defaults":{},"keys":{"#embedding":{"float_list":{"##
          + #""vector_index":{"enabled":true,"config":{"hnsw":{"batch_size":1}}}}}}}}"#,
        "Failed to reconcile schema: Invalid HNSW configuration: batch_size: Validation error: "
          + #"range [{"value": Number(1), "min": Number(2)}]"#
      ),
    ])
  func order(database: Text, json: String, message: String) throws {
    let payload = try read(json) { (body) throws(JSONError) in
      try body.createCollectionPayload()
    }
    #expect(throws: APIError.invalid(message)) { try payload.definition(database: database) }
  }

  @Test("the schema grows by the keys that records have had")
  func growth() throws {
    let settings = try CollectionSettings(
      stored: definition(
        #"{"name":"abc","schema":{"defaults":{},"keys":{"a":{"string":"#
          + #"{"string_inverted_index":{"enabled":false,"config":{}}}}}}}"#
      ).configuration)
    let grown = settings.schema.grown(by: [
      ObservedKey(key: "a", type: .int), ObservedKey(key: "a", type: .string),
      ObservedKey(key: "b", type: .bool), ObservedKey(key: "chroma:document", type: .string),
    ])
    #expect(grown.keys["a"]?.string == StringIndexes(inverted: false))
    #expect(grown.keys["a"]?.int == ScalarIndex(inverted: true))
    #expect(grown.keys["b"] == ValueTypes(bool: ScalarIndex(inverted: true)))
    #expect(grown.keys["chroma:document"] == nil)
  }

  @Test("a filter that needs an index that is off is refused")
  func disabledIndexes() throws {
    let schema = try CollectionSettings(
      stored: definition(
        ##"{"name":"abc","schema":{"defaults":{"int":{"int_inverted_index":{"enabled":false,"##
          + ##""config":{}}}},"keys":{"#document":{"string":{"fts_index":{"enabled":false,"##
          + ##""config":{}}}},"i":{"int":{"int_inverted_index":{"enabled":true,"config":{}}}}}}}"##
      ).configuration
    ).schema
    try schema.check(.compare(key: "i", .greater(.int(1))))
    try schema.check(.compare(key: "k", .equal(.float(1))))
    #expect(
      throws: APIError.invalid(
        "Cannot filter using metadata key 'k' with type 'Int' because indexing is disabled")
    ) { try schema.check(.all([.compare(key: "k", .isIn([.int(1)]))])) }
    #expect(
      throws: APIError.invalid(
        "Cannot filter using full-text search because FTS indexing is disabled")
    ) { try schema.check(.any([.documentContains("x", negated: true)])) }
    #expect(
      throws: APIError.invalid(
        "Cannot filter using metadata key '#document' with type 'Str' because indexing is "
          + "disabled")
    ) {
      try IndexSchema.standard.check(.compare(key: "#document", .equal(.string("x"))))
    }
  }
}
