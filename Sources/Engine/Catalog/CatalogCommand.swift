import Model

/// What can be asked of the catalog's log.
enum CatalogCommand: Sendable {
  case createTenant(Text)
  case createDatabase(DatabaseInfo)
  case deleteDatabase(tenant: Text, name: Text)
  case createCollection(CatalogEntry, getOrCreate: Bool)
  case changeCollection(
    CollectionAddress, @Sendable (inout CollectionDefinition) throws(EngineError) -> Void)
  case deleteCollection(tenant: Text, database: Text, name: Text)
  /// The logs of these deleted collections have ended.
  case bury([UniqueID])
  case reset
}

enum CatalogOutcome: Sendable {
  case done
  case collection(CatalogEntry)
  /// These collections are deleted; their logs must be ended.
  case dying([UniqueID])
}

/// A collection in the catalog.
struct CatalogEntry: Hashable, Sendable {
  let id: UniqueID
  let tenant: Text
  let database: Text
  var definition: CollectionDefinition
}
