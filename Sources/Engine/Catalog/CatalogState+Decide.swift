import CommitLog
import HashTreeCollections
package import Model

extension CatalogState: ReplicatedState {
  package typealias Command = CatalogCommand
  package typealias Outcome = CatalogOutcome
  package typealias Rejection = EngineError
  package typealias Opener = Void

  package mutating func decide(
    _ command: CatalogCommand, into payload: inout BinaryWriter
  ) async throws(EngineError) -> CatalogOutcome {
    let (operation, outcome) = try resolve(command)
    guard let operation else { return outcome }
    do throws(BinaryError) {
      try perform(operation)
    } catch {
      throw .damaged("the catalog contradicts itself: \(error.message)")
    }
    operation.encode(into: &payload)
    return outcome
  }

  package mutating func apply(_ payload: ArraySlice<UInt8>) throws(BinaryError) {
    var reader = BinaryReader(payload)
    while reader.remaining > 0 { try perform(try CatalogOperation(from: &reader)) }
  }

  package static func estimatedBytes(of command: CatalogCommand) -> Int {
    guard case .createCollection(let entry, _) = command else { return 1024 }
    let definition = entry.definition
    return 256 + definition.configuration.utf8Count + (definition.metadata?.estimatedBytes ?? 0)
  }

  /// What the command comes to on this state: the operation, or nil where nothing is to be written.
  private func resolve(
    _ command: CatalogCommand
  ) throws(EngineError) -> (CatalogOperation?, CatalogOutcome) {
    switch command {
    case .createTenant(let name):
      guard !tenants.contains(name) else { throw .tenantExists(name) }
      return (.createTenant(name), .done)
    case .createDatabase(let database):
      guard self.database(database.name, tenant: database.tenant) == nil else {
        throw .databaseExists(database.name)
      }
      return (.createDatabase(database), .done)
    case .deleteDatabase(let tenant, let name):
      guard database(name, tenant: tenant) != nil else { throw .databaseNotFound(name) }
      let ids = collections(tenant: tenant, database: name).map(\.id)
      return (.deleteDatabase(tenant: tenant, name: name), .dying(ids))
    case .createCollection(let entry, let getOrCreate):
      return try resolveCreation(of: entry, getOrCreate: getOrCreate)
    case .changeCollection(let address, let change):
      return try resolveChange(of: address, change)
    case .deleteCollection(let tenant, let database, let name):
      guard let entry = collection(named: name, tenant: tenant, database: database) else {
        throw .collectionNotFound(name: name)
      }
      return (.deleteCollection(entry.id), .dying([entry.id]))
    case .bury(let ids):
      let left = ids.filter { dying.contains($0) }
      return (left.isEmpty ? nil : .bury(left), .done)
    case .forget(let ids):
      let left = ids.filter { buried.contains($0) }
      return (left.isEmpty ? nil : .forget(left), .done)
    case .reset:
      return (.reset, .dying(collections.keys.sorted()))
    }
  }

  private func resolveCreation(
    of entry: CatalogEntry, getOrCreate: Bool
  ) throws(EngineError) -> (CatalogOperation?, CatalogOutcome) {
    guard database(entry.database, tenant: entry.tenant) != nil else {
      throw .databaseNotFound(entry.database)
    }
    let name = entry.definition.name
    if let existing = collection(named: name, tenant: entry.tenant, database: entry.database) {
      guard getOrCreate else { throw .collectionExists(name: name) }
      return (nil, .collection(existing))
    }
    return (.createCollection(entry), .collection(entry))
  }

  private func resolveChange(
    of address: CollectionAddress,
    _ change: @Sendable (inout CollectionDefinition) throws(EngineError) -> Void
  ) throws(EngineError) -> (CatalogOperation?, CatalogOutcome) {
    guard let entry = entry(address) else { throw .collectionIDNotFound(address.id) }
    var definition = entry.definition
    try change(&definition)
    guard definition != entry.definition else { return (nil, .collection(entry)) }
    if definition.name != entry.definition.name,
      collection(
        named: definition.name, tenant: entry.tenant, database: entry.database) != nil
    {
      throw .collectionExists(name: definition.name)
    }
    var changed = entry
    changed.definition = definition
    return (.defineCollection(entry.id, definition), .collection(changed))
  }

  /// The collection, if it is under this tenant and database.
  func entry(_ address: CollectionAddress) -> CatalogEntry? {
    guard let entry = collections[address.id], entry.tenant == address.tenant,
      entry.database == address.database
    else { return nil }
    return entry
  }
}
