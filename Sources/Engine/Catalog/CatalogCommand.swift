package import Model

/// What can be asked of the catalog's log.
package enum CatalogCommand: Sendable {
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
  /// Nothing is left of these deleted collections but their manifests.
  case forget([UniqueID])
}

package enum CatalogOutcome: Sendable {
  case done
  case collection(CatalogEntry)
  /// These collections are deleted; their logs must be ended.
  case dying([UniqueID])
}

/// A collection in the catalog.
package struct CatalogEntry: Hashable, Sendable {
  package let id: UniqueID
  package let tenant: Text
  package let database: Text
  package var definition: CollectionDefinition

  package init(
    id: UniqueID, tenant: Text, database: Text, definition: CollectionDefinition
  ) {
    self.id = id
    self.tenant = tenant
    self.database = database
    self.definition = definition
  }
}
