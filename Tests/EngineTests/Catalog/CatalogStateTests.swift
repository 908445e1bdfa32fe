import Engine
import Model
import Testing

@Suite("What commands do to the catalog")
struct CatalogStateTests {
  @Test("an empty bucket has the default tenant and database, whose id is zero")
  func defaults() {
    let state = CatalogState()
    #expect(state.databases(of: "default_tenant").map(\.name) == ["default_database"])
    #expect(state.database("default_database", tenant: "default_tenant")?.id == .zero)
  }

  @Test("a tenant and a database are created once")
  func createdOnce() throws {
    var twins = CatalogTwins()
    try twins.run(.createTenant("t"))
    #expect(throws: EngineError.tenantExists("t")) { try twins.run(.createTenant("t")) }
    let database = DatabaseInfo(id: UniqueID(high: 0, low: 5), name: "d", tenant: "t")
    try twins.run(.createDatabase(database))
    #expect(throws: EngineError.databaseExists("d")) { try twins.run(.createDatabase(database)) }
    #expect(twins.follower.database("d", tenant: "t") == database)
    #expect(twins.follower.database("d", tenant: "default_tenant") == nil)
  }

  @Test("a name is given once within its database, and get-or-create gives what is there")
  func names() throws {
    var twins = CatalogTwins()
    try twins.run(.createCollection(entry(1, "a"), getOrCreate: false))
    #expect(throws: EngineError.collectionExists(name: "a")) {
      try twins.run(.createCollection(entry(2, "a"), getOrCreate: false))
    }
    let outcome = try twins.run(.createCollection(entry(2, "a"), getOrCreate: true))
    #expect(outcome.collection == entry(1, "a"))
    #expect(twins.written == 0)
    #expect(twins.names == ["a"])
    #expect(throws: EngineError.databaseNotFound("nowhere")) {
      try twins.run(.createCollection(entry(3, "b", database: "nowhere"), getOrCreate: true))
    }
    // Composed and decomposed: two names.
    try twins.run(.createCollection(entry(4, "\u{e9}"), getOrCreate: false))
    try twins.run(.createCollection(entry(5, "e\u{301}"), getOrCreate: false))
    #expect(twins.names.count == 3)
  }

  @Test("a rename frees the old name, keeps the id, and is refused where the new one is taken")
  func rename() throws {
    var twins = CatalogTwins()
    try twins.run(.createCollection(entry(1, "a"), getOrCreate: false))
    try twins.run(.createCollection(entry(2, "b"), getOrCreate: false))
    #expect(throws: EngineError.collectionExists(name: "b")) {
      try twins.run(.changeCollection(address(1)) { $0.name = "b" })
    }
    try twins.run(.changeCollection(address(1)) { $0.name = "c" })
    #expect(twins.names == ["b", "c"])
    try twins.run(.createCollection(entry(3, "a"), getOrCreate: false))
    #expect(twins.names == ["a", "b", "c"])
    try twins.run(.changeCollection(address(1)) { $0.name = "c" })
    #expect(twins.written == 0)
    #expect(throws: EngineError.collectionIDNotFound(address(1).id)) {
      try twins.run(.changeCollection(address(1, database: "other")) { $0.name = "d" })
    }
    #expect(throws: EngineError.invalidArgument("no")) {
      try twins.run(
        .changeCollection(address(1)) { _ throws(EngineError) in throw .invalidArgument("no") })
    }
  }

  @Test("no metadata and empty metadata are kept apart")
  func metadata() throws {
    var twins = CatalogTwins()
    try twins.run(.createCollection(entry(1, "a"), getOrCreate: false))
    try twins.run(.changeCollection(address(1)) { $0.metadata = Metadata() })
    #expect(twins.written > 0)
    let found = twins.follower.collection(
      named: "a", tenant: CatalogTwins.tenant, database: CatalogTwins.database)
    #expect(found?.definition.metadata == .some(Metadata()))
  }

  @Test("a deleted collection frees its name, is dying until it is buried, and is buried once")
  func deletion() throws {
    var twins = CatalogTwins()
    try twins.run(.createCollection(entry(1, "a"), getOrCreate: false))
    let delete = CatalogCommand.deleteCollection(
      tenant: CatalogTwins.tenant, database: CatalogTwins.database, name: "a")
    #expect(try twins.run(delete).dying == [1])
    #expect(throws: EngineError.collectionNotFound(name: "a")) { try twins.run(delete) }
    try twins.run(.createCollection(entry(2, "a"), getOrCreate: false))
    #expect(twins.names == ["a"])
    try twins.run(.bury([address(1).id, address(2).id, address(9).id]))
    #expect(twins.written == 1 + 1 + 16)
    try twins.run(.bury([address(1).id]))
    #expect(twins.written == 0)
    #expect(twins.names == ["a"])
  }

  @Test("a deleted database takes its collections with it and no others")
  func deleteDatabase() throws {
    var twins = CatalogTwins()
    try twins.run(
      .createDatabase(
        DatabaseInfo(id: UniqueID(high: 0, low: 9), name: "d", tenant: CatalogTwins.tenant)))
    try twins.run(.createCollection(entry(1, "a"), getOrCreate: false))
    try twins.run(.createCollection(entry(3, "a", database: "d"), getOrCreate: false))
    try twins.run(.createCollection(entry(2, "b", database: "d"), getOrCreate: false))
    let delete = CatalogCommand.deleteDatabase(tenant: CatalogTwins.tenant, name: "d")
    #expect(try twins.run(delete).dying == [2, 3])
    #expect(throws: EngineError.databaseNotFound("d")) { try twins.run(delete) }
    #expect(twins.names == ["a"])
    #expect(twins.follower.collections(tenant: CatalogTwins.tenant, database: "d").isEmpty)
  }

  @Test("a reset leaves the defaults, and everything else is dying")
  func reset() throws {
    var twins = CatalogTwins()
    try twins.run(.createTenant("t"))
    try twins.run(.createCollection(entry(2, "a"), getOrCreate: false))
    try twins.run(.createCollection(entry(1, "b"), getOrCreate: false))
    #expect(try twins.run(.reset).dying == [1, 2])
    #expect(twins.names.isEmpty)
    #expect(twins.follower.databases(of: CatalogTwins.tenant).map(\.name) == ["default_database"])
    try twins.run(.createTenant("t"))
    try twins.run(.createCollection(entry(3, "a"), getOrCreate: false))
    #expect(twins.names == ["a"])
  }

  @Test("operations that contradict the state are refused")
  func contradictions() throws {
    var twins = CatalogTwins()
    try twins.run(.createCollection(entry(1, "a"), getOrCreate: false))
    for operation: CatalogOperation in [
      .createCollection(entry(2, "a")), .createCollection(entry(1, "b")),
      .deleteCollection(address(7).id), .defineCollection(address(7).id, entry(7, "x").definition),
      .createDatabase(
        DatabaseInfo(id: .zero, name: CatalogTwins.database, tenant: CatalogTwins.tenant)),
    ] {
      var writer = BinaryWriter()
      operation.encode(into: &writer)
      var copy = twins.follower
      #expect(throws: BinaryError.self) { try copy.apply(writer.bytes) }
    }
  }
}
