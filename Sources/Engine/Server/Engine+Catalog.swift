import CommitLog
package import Model

extension Engine {
  // MARK: Tenants

  package func createTenant(_ name: Text) async throws(EngineError) {
    _ = try await submit(.createTenant(name), to: try await awaitStart())
  }

  package func tenant(_ name: Text, options: ReadOptions) async throws(EngineError) {
    let found = try await lookUp(options) { $0.tenants.contains(name) ? true : nil }
    guard found != nil else { throw .tenantNotFound(name) }
  }

  // MARK: Databases

  package func createDatabase(_ name: Text, tenant: Text) async throws(EngineError) {
    let database = DatabaseInfo(id: .random(from: random), name: name, tenant: tenant)
    _ = try await submit(.createDatabase(database), to: try await awaitStart())
  }

  package func database(
    _ name: Text, tenant: Text, options: ReadOptions
  ) async throws(EngineError) -> DatabaseInfo {
    let found = try await lookUp(options) { $0.database(name, tenant: tenant) }
    guard let found else { throw .databaseNotFound(name) }
    return found
  }

  /// Ascending by name; empty for a tenant that is not known.
  package func databases(
    tenant: Text, options: ReadOptions
  ) async throws(EngineError) -> [DatabaseInfo] {
    try await lookUp(options) { state in
      let databases = state.databases(of: tenant)
      return databases.isEmpty ? nil : databases
    } ?? []
  }

  /// Deletes the database and its collections. When this returns, no write into one of them can succeed.
  package func deleteDatabase(_ name: Text, tenant: Text) async throws(EngineError) {
    let started = try await awaitStart()
    try await endLogs(
      after: try await submit(.deleteDatabase(tenant: tenant, name: name), to: started),
      started)
  }

  /// Deletes everything and leaves the default tenant and database. Logs are ended, numbers never start again.
  package func reset() async throws(EngineError) {
    let started = try await awaitStart()
    try await endLogs(after: try await submit(.reset, to: started), started)
  }

  // MARK: Looking up

  /// What `find` finds in the catalog. Where it finds nothing, and where the read is to be strong, the bucket's
  /// catalog is asked first: another server may have made it a moment ago (P4).
  func lookUp<Found: Sendable>(
    _ options: ReadOptions, _ find: (CatalogState) throws(EngineError) -> Found?
  ) async throws(EngineError) -> Found? {
    let started = try await awaitStart()
    if !(options.isStrong || configuration.readsAreStrong) {
      let snapshot = try await catalogSnapshot(started, refreshed: false)
      if let found = try find(snapshot.state) { return found }
    }
    return try find(try await catalogSnapshot(started, refreshed: true).state)
  }

  // MARK: Ending the logs of deleted collections

  /// Writes the final entry into each log, so that nothing can be appended. The catalog has forgotten the
  /// collections already: what fails here is unknown, never "not applied".
  func endLogs(after outcome: CatalogOutcome, _ started: Started) async throws(EngineError) {
    guard case .dying(let ids) = outcome else { return }
    let failures = await withTaskGroup(of: EngineError?.self) { group in
      for id in ids {
        group.addTask {
          do throws(EngineError) {
            try await self.endLog(of: id, started)
            return nil
          } catch {
            return error
          }
        }
      }
      var failures: [EngineError] = []
      for await failure in group { if let failure { failures.append(failure) } }
      return failures
    }
    guard let failure = failures.first else { return }
    throw .outcomeUnknown(
      "deleted from the catalog, but the logs of \(failures.count) collections could not be "
        + "ended yet: \(failure)")
  }

  func endLog(of id: UniqueID, _ started: Started) async throws(EngineError) {
    let handle = handle(for: id, in: started)
    if handle.replica.snapshot?.state.isSealed ?? false { return }
    _ = try await submit(.seal, to: handle)
  }
}
