package import CommitLog
import HashTreeCollections
import Model

/// The whole catalog as bytes: the payload of its manifests, described in docs/FORMAT.md.
extension CatalogState {
  /// Ascending by names and ids: the same catalog gives the same bytes.
  package func encoded() -> [UInt8] {
    var writer = BinaryWriter()
    writer.write(length: tenants.count)
    for tenant in tenants.sorted() { writer.write(tenant) }
    writer.write(length: databases.count)
    let keys = databases.keys.sorted { ($0.tenant, $0.name) < ($1.tenant, $1.name) }
    for key in keys {
      writer.write(key.tenant)
      writer.write(key.name)
      writer.write(databases[key] ?? .zero)
    }
    writer.write(length: collections.count)
    for entry in collections.values.sorted(by: { $0.id < $1.id }) {
      writer.write(entry.id)
      writer.write(entry.tenant)
      writer.write(entry.database)
      entry.definition.encode(into: &writer)
    }
    for ids in [dying, buried] {
      writer.write(length: ids.count)
      for id in ids.sorted() { writer.write(id) }
    }
    return writer.bytes
  }

  init(encoded bytes: [UInt8]) throws(BinaryError) {
    var reader = BinaryReader(bytes)
    self.init()
    tenants = []
    databases = [:]
    for _ in 0..<(try reader.readLength()) { tenants.insert(try reader.readText()) }
    for _ in 0..<(try reader.readLength(unit: 18)) {
      let key = DatabaseKey(tenant: try reader.readText(), name: try reader.readText())
      databases[key] = try reader.readID()
    }
    for _ in 0..<(try reader.readLength(unit: 20)) {
      try insert(
        CatalogEntry(
          id: try reader.readID(), tenant: try reader.readText(),
          database: try reader.readText(), definition: try CollectionDefinition(from: &reader)))
    }
    for _ in 0..<(try reader.readLength(unit: 16)) { dying.insert(try reader.readID()) }
    for _ in 0..<(try reader.readLength(unit: 16)) { buried.insert(try reader.readID()) }
    try reader.finish()
  }

  package static func open(
    _ manifest: Manifest, with _: Void
  ) async throws(OpenFailure) -> CatalogState {
    do throws(BinaryError) {
      return try CatalogState(encoded: manifest.payload)
    } catch {
      throw .damaged("manifest \(manifest.number) of the catalog is damaged: \(error.message)")
    }
  }
}
