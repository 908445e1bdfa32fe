package import Model

/// What every bucket has from the beginning, as Chroma's clients expect.
package enum DefaultNames {
  package static let tenant: Text = "default_tenant"
  package static let database: Text = "default_database"
}

package struct DatabaseInfo: Hashable, Sendable {
  package let id: UniqueID
  package let name: Text
  package let tenant: Text

  package init(id: UniqueID, name: Text, tenant: Text) {
    self.id = id
    self.name = name
    self.tenant = tenant
  }
}

/// What the catalog says of a collection, with what its records have shown.
package struct CollectionInfo: Sendable {
  package let id: UniqueID
  package let tenant: Text
  package let database: Text
  package let definition: CollectionDefinition
  /// Components per vector; nil until the first record came. Never changes again.
  package let dimension: Int?
  /// Every metadata key that a record ever had, with each type it had, ascending by key and type; never shrinks.
  package let observedKeys: [ObservedKey]
  /// Position of the collection's log that this answer shows.
  package let logPosition: UInt64

  package init(
    id: UniqueID, tenant: Text, database: Text, definition: CollectionDefinition, dimension: Int?,
    observedKeys: [ObservedKey], logPosition: UInt64
  ) {
    self.id = id
    self.tenant = tenant
    self.database = database
    self.definition = definition
    self.dimension = dimension
    self.observedKeys = observedKeys
    self.logPosition = logPosition
  }
}

/// The part of a collection that its owner sets.
package struct CollectionDefinition: Hashable, Sendable {
  package var name: Text
  /// Nil when none was ever given: Chroma keeps "no metadata" and "empty" apart.
  package var metadata: Metadata?
  package var distance: Distance
  /// The index parameters, embedding function and schema, as one JSON text that the HTTP layer reads and
  /// writes; the engine keeps it as it is.
  package var configuration: Text

  package init(name: Text, metadata: Metadata?, distance: Distance, configuration: Text) {
    self.name = name
    self.metadata = metadata
    self.distance = distance
    self.configuration = configuration
  }
}

/// A collection as a record route names it. An id that exists under another tenant or database is not found.
package struct CollectionAddress: Hashable, Sendable {
  package let tenant: Text
  package let database: Text
  package let id: UniqueID

  package init(tenant: Text, database: Text, id: UniqueID) {
    self.tenant = tenant
    self.database = database
    self.id = id
  }
}
