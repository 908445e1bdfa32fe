import CommitLog
import HashTreeCollections
package import Model

extension Engine {
  package func createCollection(
    _ definition: CollectionDefinition, tenant: Text, database: Text, getOrCreate: Bool
  ) async throws(EngineError) -> CollectionInfo {
    let started = try await awaitStart()
    while true {
      let proposed = CatalogEntry(
        id: .random(from: random), tenant: tenant, database: database, definition: definition)
      let outcome = try await submit(
        .createCollection(proposed, getOrCreate: getOrCreate), to: started)
      guard case .collection(let entry) = outcome else {
        throw .damaged("the catalog gave no collection for a creation")
      }
      if entry.id == proposed.id {
        _ = handle(for: entry.id, in: started)
        return CollectionInfo(entry)
      }
      do throws(EngineError) {
        return try await info(on: entry, started, refreshed: false)
      } catch {
        // Deleted since it was found: the next attempt finds no collection, or a newer one.
        guard case .collectionIDNotFound = error else { throw error }
      }
    }
  }

  package func collection(
    named name: Text, tenant: Text, database: Text, options: ReadOptions
  ) async throws(EngineError) -> CollectionInfo {
    let entry = try await lookUp(options) {
      $0.collection(named: name, tenant: tenant, database: database)
    }
    guard let entry else { throw .collectionNotFound(name: name) }
    do throws(EngineError) {
      return try await info(on: entry, try await awaitStart(), options)
    } catch {
      guard case .collectionIDNotFound = error else { throw error }
      throw .collectionNotFound(name: name)
    }
  }

  package func collection(
    _ address: CollectionAddress, options: ReadOptions
  ) async throws(EngineError) -> CollectionInfo {
    let started = try await awaitStart()
    let entry = try await entry(at: address, options)
    return try await info(on: entry, started, options)
  }

  /// Ascending by id. One whose log cannot be used is there with what the catalog says of it.
  package func collections(
    tenant: Text, database: Text, limit: Int?, offset: Int, options: ReadOptions
  ) async throws(EngineError) -> [CollectionInfo] {
    let started = try await awaitStart()
    let all = try await lookUp(options) { state in
      let entries = state.collections(tenant: tenant, database: database)
      return entries.isEmpty ? nil : entries
    }
    let page = (all ?? []).dropFirst(offset).prefix(limit ?? Int.max)
    var infos: [CollectionInfo] = []
    for entry in page {
      do throws(EngineError) {
        infos.append(try await info(on: entry, started, refreshed: false))
      } catch {
        switch error {
        case .damaged, .newerFormat:
          infos.append(CollectionInfo(entry))
        case .collectionIDNotFound: continue
        default: throw error
        }
      }
    }
    return infos
  }

  package func collectionCount(
    tenant: Text, database: Text, options: ReadOptions
  ) async throws(EngineError) -> Int {
    try await lookUp(options) { state in
      let entries = state.collections(tenant: tenant, database: database)
      return entries.isEmpty ? nil : entries.count
    } ?? 0
  }

  /// Renames or redefines a collection: `change` is given what the catalog's head says.
  package func updateCollection(
    _ address: CollectionAddress,
    change:
      @escaping @Sendable (inout CollectionDefinition) throws(EngineError) -> Void
  ) async throws(EngineError) {
    _ = try await submit(.changeCollection(address, change), to: try await awaitStart())
  }

  /// When this returns, no write into the collection can succeed, on any server.
  package func deleteCollection(
    named name: Text, tenant: Text, database: Text
  ) async throws(EngineError) {
    let started = try await awaitStart()
    let command = CatalogCommand.deleteCollection(
      tenant: tenant, database: database, name: name)
    try await endLogs(after: try await submit(command, to: started), started)
  }

  // MARK: Looking up

  /// The collection at the address; one that is under another tenant or database is not found.
  func entry(
    at address: CollectionAddress, _ options: ReadOptions
  ) async throws(EngineError) -> CatalogEntry {
    let found = try await lookUp(options) { state throws(EngineError) in
      if let entry = state.entry(address) { return entry }
      let isKnown =
        state.collections[address.id] != nil || state.dying.contains(address.id)
        || state.buried.contains(address.id)
      if isKnown { throw .collectionIDNotFound(address.id) }
      return nil
    }
    guard let found else { throw .collectionIDNotFound(address.id) }
    return found
  }

  private func info(
    on entry: CatalogEntry, _ started: Started, _ options: ReadOptions
  ) async throws(EngineError) -> CollectionInfo {
    try await info(
      on: entry, started, refreshed: options.isStrong || configuration.readsAreStrong)
  }

  private func info(
    on entry: CatalogEntry, _ started: Started, refreshed: Bool
  ) async throws(EngineError) -> CollectionInfo {
    let snapshot = try await snapshot(
      of: handle(for: entry.id, in: started), ReadOptions(isStrong: refreshed))
    return CollectionInfo(
      id: entry.id, tenant: entry.tenant, database: entry.database,
      definition: entry.definition, dimension: snapshot.state.dimension,
      observedKeys: snapshot.state.observedKeys.sorted(), logPosition: snapshot.position)
  }

  /// A state of the collection as new as the options demand.
  func snapshot(
    of handle: CollectionHandle, _ options: ReadOptions
  ) async throws(EngineError) -> LogSnapshot<CollectionState> {
    do throws(LogFailure<EngineError>) {
      var snapshot = try await handle.replica.waitUntilReady(
        deadline: configuration.requestDeadline)
      let minimum = options.minimumLogPosition ?? 0
      if options.isStrong || configuration.readsAreStrong || minimum > snapshot.position {
        snapshot = try await handle.replica.refresh(
          deadline: configuration.requestDeadline)
      }
      guard minimum <= snapshot.position else {
        throw .rejected(.positionAhead(demanded: minimum, head: snapshot.position))
      }
      guard !snapshot.state.isSealed else { throw .rejected(.collectionIDNotFound(handle.id)) }
      return snapshot
    } catch {
      throw EngineError(error, handle)
    }
  }
}

extension CollectionInfo {
  /// What the catalog alone knows.
  fileprivate init(_ entry: CatalogEntry) {
    self.init(
      id: entry.id, tenant: entry.tenant, database: entry.database,
      definition: entry.definition, dimension: nil, observedKeys: [], logPosition: 0)
  }
}
