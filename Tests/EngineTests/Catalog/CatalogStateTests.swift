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
  func createdOnce() async throws {
    var twins = CatalogTwins()
    try await twins.run(.createTenant("t"))
    await #expect(throws: EngineError.tenantExists("t")) { try await twins.run(.createTenant("t")) }
    let database = DatabaseInfo(id: UniqueID(high: 0, low: 5), name: "d", tenant: "t")
    try await twins.run(.createDatabase(database))
    await #expect(throws: EngineError.databaseExists("d")) {
      try await twins.run(.createDatabase(database))
    }
    #expect(twins.follower.database("d", tenant: "t") == database)
    #expect(twins.follower.database("d", tenant: "default_tenant") == nil)
  }

  @Test("a name is given once within its database, and get-or-create gives what is there")
  func names() async throws {
    var twins = CatalogTwins()
    try await twins.run(.createCollection(entry(1, "a"), getOrCreate: false))
    await #expect(throws: EngineError.collectionExists(name: "a")) {
      try await twins.run(.createCollection(entry(2, "a"), getOrCreate: false))
    }
    let outcome = try await twins.run(.createCollection(entry(2, "a"), getOrCreate: true))
    #expect(outcome.collection == entry(1, "a"))
    #expect(twins.written == 0)
    #expect(twins.names == ["a"])
    await #expect(throws: EngineError.databaseNotFound("nowhere")) {
      try await twins.run(.createCollection(entry(3, "b", database: "nowhere"), getOrCreate: true))
    }
    // Composed and decomposed: two names.
    try await twins.run(.createCollection(entry(4, "\u{e9}"), getOrCreate: false))
    try await twins.run(.createCollection(entry(5, "e\u{301}"), getOrCreate: false))
    #expect(twins.names.count == 3)
  }

  @Test("a rename frees the old name, keeps the id, and is refused where the new one is taken")
  func rename() async throws {
    var twins = CatalogTwins()
    try await twins.run(.createCollection(entry(1, "a"), getOrCreate: false))
    try await twins.run(.createCollection(entry(2, "b"), getOrCreate: false))
    await #expect(throws: EngineError.collectionExists(name: "b")) {
      try await twins.run(.changeCollection(address(1)) { $0.name = "b" })
    }
    try await twins.run(.changeCollection(address(1)) { $0.name = "c" })
    #expect(twins.names == ["b", "c"])
    try await twins.run(.createCollection(entry(3, "a"), getOrCreate: false))
    #expect(twins.names == ["a", "b", "c"])
    try await twins.run(.changeCollection(address(1)) { $0.name = "c" })
    #expect(twins.written == 0)
    await #expect(throws: EngineError.collectionIDNotFound(address(1).id)) {
      try await twins.run(.changeCollection(address(1, database: "other")) { $0.name = "d" })
    }
    await #expect(throws: EngineError.invalidArgument("no")) {
      try await twins.run(
        .changeCollection(address(1)) { _ throws(EngineError) in throw .invalidArgument("no") })
    }
  }

  @Test("no metadata and empty metadata are kept apart")
  func metadata() async throws {
    var twins = CatalogTwins()
    try await twins.run(.createCollection(entry(1, "a"), getOrCreate: false))
    try await twins.run(.changeCollection(address(1)) { $0.metadata = Metadata() })
    #expect(twins.written > 0)
    let found = twins.follower.collection(
      named: "a", tenant: CatalogTwins.tenant, database: CatalogTwins.database)
    #expect(found?.definition.metadata == .some(Metadata()))
  }

  @Test("a deleted collection frees its name, is dying until it is buried, and is buried once")
  func deletion() async throws {
    var twins = CatalogTwins()
    try await twins.run(.createCollection(entry(1, "a"), getOrCreate: false))
    let delete = CatalogCommand.deleteCollection(
      tenant: CatalogTwins.tenant, database: CatalogTwins.database, name: "a")
    #expect(try await twins.run(delete).dying == [1])
    await #expect(throws: EngineError.collectionNotFound(name: "a")) { try await twins.run(delete) }
    try await twins.run(.createCollection(entry(2, "a"), getOrCreate: false))
    #expect(twins.names == ["a"])
    try await twins.run(.bury([address(1).id, address(2).id, address(9).id]))
    #expect(twins.written == 1 + 1 + 16)
    try await twins.run(.bury([address(1).id]))
    #expect(twins.written == 0)
    #expect(twins.names == ["a"])
  }

  @Test("a deleted database takes its collections with it and no others")
  func deleteDatabase() async throws {
    var twins = CatalogTwins()
    try await twins.run(
      .createDatabase(
        DatabaseInfo(id: UniqueID(high: 0, low: 9), name: "d", tenant: CatalogTwins.tenant)))
    try await twins.run(.createCollection(entry(1, "a"), getOrCreate: false))
    try await twins.run(.createCollection(entry(3, "a", database: "d"), getOrCreate: false))
    try await twins.run(.createCollection(entry(2, "b", database: "d"), getOrCreate: false))
    let delete = CatalogCommand.deleteDatabase(tenant: CatalogTwins.tenant, name: "d")
    #expect(try await twins.run(delete).dying == [2, 3])
    await #expect(throws: EngineError.databaseNotFound("d")) { try await twins.run(delete) }
    #expect(twins.names == ["a"])
    #expect(twins.follower.collections(tenant: CatalogTwins.tenant, database: "d").isEmpty)
  }

  @Test("a reset leaves the defaults, and everything else is dying")
  func reset() async throws {
    var twins = CatalogTwins()
    try await twins.run(.createTenant("t"))
    try await twins.run(.createCollection(entry(2, "a"), getOrCreate: false))
    try await twins.run(.createCollection(entry(1, "b"), getOrCreate: false))
    #expect(try await twins.run(.reset).dying == [1, 2])
    #expect(twins.names.isEmpty)
    #expect(twins.follower.databases(of: CatalogTwins.tenant).map(\.name) == ["default_database"])
    try await twins.run(.createTenant("t"))
    try await twins.run(.createCollection(entry(3, "a"), getOrCreate: false))
    #expect(twins.names == ["a"])
  }

  @Test("operations that contradict the state are refused")
  func contradictions() async throws {
    var twins = CatalogTwins()
    try await twins.run(.createCollection(entry(1, "a"), getOrCreate: false))
    for operation: CatalogOperation in [
      .createCollection(entry(2, "a")), .createCollection(entry(1, "b")),
      .deleteCollection(address(7).id), .defineCollection(address(7).id, entry(7, "x").definition),
      .createDatabase(
        DatabaseInfo(id: .zero, name: CatalogTwins.database, tenant: CatalogTwins.tenant)),
    ] {
      var writer = BinaryWriter()
      operation.encode(into: &writer)
      var copy = twins.follower
      #expect(throws: BinaryError.self) { try copy.apply(writer.bytes[...]) }
    }
  }
}
