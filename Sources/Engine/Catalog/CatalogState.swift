import HashTreeCollections
package import Model

/// All tenants, databases and collections after some entry of the catalog's log. A value; copies are cheap.
package struct CatalogState: Sendable {
  struct DatabaseKey: Hashable, Sendable {
    let tenant: Text
    let name: Text
  }

  struct CollectionKey: Hashable, Sendable {
    let tenant: Text
    let database: Text
    let name: Text
  }

  var tenants: TreeSet<Text> = []
  var databases: TreeDictionary<DatabaseKey, UniqueID> = [:]
  var collections: TreeDictionary<UniqueID, CatalogEntry> = [:]
  var names: TreeDictionary<CollectionKey, UniqueID> = [:]
  /// Deleted collections whose logs may not have ended yet.
  var dying: TreeSet<UniqueID> = []
  /// Deleted collections whose logs have.
  var buried: TreeSet<UniqueID> = []

  /// What a bucket holds before its first entry: Chroma's default tenant and database.
  package init() { addDefaults() }

  private mutating func addDefaults() {
    tenants.insert(DefaultNames.tenant)
    let key = DatabaseKey(tenant: DefaultNames.tenant, name: DefaultNames.database)
    databases[key] = .zero
  }

  // MARK: Looking up

  package func database(_ name: Text, tenant: Text) -> DatabaseInfo? {
    databases[DatabaseKey(tenant: tenant, name: name)].map {
      DatabaseInfo(id: $0, name: name, tenant: tenant)
    }
  }

  /// Ascending by name.
  package func databases(of tenant: Text) -> [DatabaseInfo] {
    databases.filter { $0.key.tenant == tenant }
      .map { DatabaseInfo(id: $0.value, name: $0.key.name, tenant: tenant) }
      .sorted { $0.name < $1.name }
  }

  package func collection(named name: Text, tenant: Text, database: Text) -> CatalogEntry? {
    names[CollectionKey(tenant: tenant, database: database, name: name)]
      .flatMap { collections[$0] }
  }

  /// Ascending by id.
  package func collections(tenant: Text, database: Text) -> [CatalogEntry] {
    collections.values.filter { $0.tenant == tenant && $0.database == database }
      .sorted { $0.id < $1.id }
  }

  // MARK: Changes

  /// - Throws: if the operation does not fit the state, which `decide` never lets happen.
  mutating func perform(_ operation: CatalogOperation) throws(BinaryError) {
    switch operation {
    case .createTenant(let name):
      tenants.insert(name)
    case .createDatabase(let database):
      let key = DatabaseKey(tenant: database.tenant, name: database.name)
      guard databases[key] == nil else { throw BinaryError("database created twice") }
      databases[key] = database.id
    case .deleteDatabase(let tenant, let name):
      databases[DatabaseKey(tenant: tenant, name: name)] = nil
      for entry in collections(tenant: tenant, database: name) { kill(entry) }
    case .createCollection(let entry):
      try insert(entry)
    case .defineCollection(let id, let definition):
      guard var entry = collections[id] else { throw BinaryError("unknown collection defined") }
      names[key(of: entry)] = nil
      entry.definition = definition
      guard names[key(of: entry)] == nil else { throw BinaryError("name given twice") }
      names[key(of: entry)] = id
      collections[id] = entry
    case .deleteCollection(let id):
      guard let entry = collections[id] else { throw BinaryError("unknown collection deleted") }
      kill(entry)
    case .bury(let ids):
      for id in ids where dying.remove(id) != nil { buried.insert(id) }
    case .forget(let ids):
      for id in ids { buried.remove(id) }
    case .reset:
      for entry in collections.values { dying.insert(entry.id) }
      tenants = []
      databases = [:]
      collections = [:]
      names = [:]
      addDefaults()
    }
  }

  mutating func insert(_ entry: CatalogEntry) throws(BinaryError) {
    guard names[key(of: entry)] == nil, collections[entry.id] == nil else {
      throw BinaryError("collection created twice")
    }
    names[key(of: entry)] = entry.id
    collections[entry.id] = entry
  }

  private mutating func kill(_ entry: CatalogEntry) {
    collections[entry.id] = nil
    names[key(of: entry)] = nil
    dying.insert(entry.id)
  }

  private func key(of entry: CatalogEntry) -> CollectionKey {
    CollectionKey(
      tenant: entry.tenant, database: entry.database, name: entry.definition.name)
  }
}
