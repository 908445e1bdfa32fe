package import Model

/// One step of the catalog's log. Its bytes are described in docs/FORMAT.md.
package enum CatalogOperation: Hashable, Sendable {
  case createTenant(Text)
  case createDatabase(DatabaseInfo)
  case deleteDatabase(tenant: Text, name: Text)
  case createCollection(CatalogEntry)
  case defineCollection(UniqueID, CollectionDefinition)
  case deleteCollection(UniqueID)
  case bury([UniqueID])
  case reset
  /// Nothing is left of these buried collections but their manifests.
  case forget([UniqueID])

  private enum Code {
    static let createTenant: UInt8 = 1
    static let createDatabase: UInt8 = 2
    static let deleteDatabase: UInt8 = 3
    static let createCollection: UInt8 = 4
    static let defineCollection: UInt8 = 5
    static let deleteCollection: UInt8 = 6
    static let bury: UInt8 = 7
    static let reset: UInt8 = 8
    static let forget: UInt8 = 9
  }

  package func encode(into writer: inout BinaryWriter) {
    switch self {
    case .createTenant(let name):
      writer.write(Code.createTenant)
      writer.write(name)
    case .createDatabase(let database):
      writer.write(Code.createDatabase)
      writer.write(database.tenant)
      writer.write(database.name)
      writer.write(database.id)
    case .deleteDatabase(let tenant, let name):
      writer.write(Code.deleteDatabase)
      writer.write(tenant)
      writer.write(name)
    case .createCollection(let entry):
      writer.write(Code.createCollection)
      writer.write(entry.id)
      writer.write(entry.tenant)
      writer.write(entry.database)
      entry.definition.encode(into: &writer)
    case .defineCollection(let id, let definition):
      writer.write(Code.defineCollection)
      writer.write(id)
      definition.encode(into: &writer)
    case .deleteCollection(let id):
      writer.write(Code.deleteCollection)
      writer.write(id)
    case .bury(let ids):
      writer.write(Code.bury)
      writer.write(length: ids.count)
      for id in ids { writer.write(id) }
    case .reset:
      writer.write(Code.reset)
    case .forget(let ids):
      writer.write(Code.forget)
      writer.write(length: ids.count)
      for id in ids { writer.write(id) }
    }
  }

  package init(from reader: inout BinaryReader) throws(BinaryError) {
    switch try reader.readInteger(UInt8.self) {
    case Code.createTenant: self = .createTenant(try reader.readText())
    case Code.createDatabase:
      let tenant = try reader.readText()
      let name = try reader.readText()
      self = .createDatabase(DatabaseInfo(id: try reader.readID(), name: name, tenant: tenant))
    case Code.deleteDatabase:
      self = .deleteDatabase(tenant: try reader.readText(), name: try reader.readText())
    case Code.createCollection:
      self = .createCollection(
        CatalogEntry(
          id: try reader.readID(), tenant: try reader.readText(),
          database: try reader.readText(),
          definition: try CollectionDefinition(from: &reader)))
    case Code.defineCollection:
      self = .defineCollection(try reader.readID(), try CollectionDefinition(from: &reader))
    case Code.deleteCollection: self = .deleteCollection(try reader.readID())
    case Code.bury:
      self = .bury(
        try reader.readList(unit: 16) { reader throws(BinaryError) in try reader.readID() })
    case Code.reset: self = .reset
    case Code.forget:
      self = .forget(
        try reader.readList(unit: 16) { reader throws(BinaryError) in try reader.readID() })
    case let code: throw BinaryError("operation \(code) is not known")
    }
  }
}

extension CollectionDefinition {
  func encode(into writer: inout BinaryWriter) {
    writer.write(name)
    writer.write(optional: metadata) { $1.encode(into: &$0) }
    writer.write(distance.rawValue)
    writer.write(configuration)
  }

  init(from reader: inout BinaryReader) throws(BinaryError) {
    let name = try reader.readText()
    let metadata = try reader.readOptional { reader throws(BinaryError) in
      try Metadata(from: &reader)
    }
    let code = try reader.readInteger(UInt8.self)
    guard let distance = Distance(rawValue: code) else {
      throw BinaryError("distance \(code) is not known")
    }
    self.init(
      name: name, metadata: metadata, distance: distance, configuration: try reader.readText())
  }
}
