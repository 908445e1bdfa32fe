import Engine
import Model
import Testing

/// The catalog of the server that decides, and that of another which only applies what the first wrote.
struct CatalogTwins {
  var writer = CatalogState()
  var follower = CatalogState()
  /// Bytes that the last command wrote.
  var written = 0

  static let database: Text = "default_database"
  static let tenant: Text = "default_tenant"

  @discardableResult
  mutating func run(_ command: CatalogCommand) async throws -> CatalogOutcome {
    written = 0
    var payload = BinaryWriter()
    let outcome = try await writer.decide(command, into: &payload)
    written = payload.count
    if payload.count > 0 { try follower.apply(payload.bytes[...]) }
    return outcome
  }

  /// The collections of the default database by name, the same on both.
  var names: [Text] {
    let lists = [writer, follower].map {
      $0.collections(tenant: Self.tenant, database: Self.database)
    }
    #expect(lists[0] == lists[1])
    #expect(lists[0].map(\.id) == lists[0].map(\.id).sorted())
    return lists[0].map(\.definition.name).sorted()
  }
}

func entry(
  _ id: UInt64, _ name: Text, tenant: Text = CatalogTwins.tenant,
  database: Text = CatalogTwins.database
) -> CatalogEntry {
  CatalogEntry(
    id: UniqueID(high: 0, low: id), tenant: tenant, database: database,
    definition: CollectionDefinition(
      name: name, metadata: nil, distance: .l2, configuration: "{}"))
}

func address(
  _ id: UInt64, tenant: Text = CatalogTwins.tenant, database: Text = CatalogTwins.database
) -> CollectionAddress {
  CollectionAddress(tenant: tenant, database: database, id: UniqueID(high: 0, low: id))
}

extension CatalogOutcome {
  var dying: [UInt64]? {
    if case .dying(let ids) = self { ids.map(\.low) } else { nil }
  }

  var collection: CatalogEntry? {
    if case .collection(let entry) = self { entry } else { nil }
  }
}
