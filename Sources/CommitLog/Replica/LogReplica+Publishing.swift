package import Model
package import ObjectStore

/// What maintenance starts from: a state, and the manifest it stands on, which is the newest known.
package struct MaintenanceView<State: ReplicatedState>: Sendable {
  package let base: Manifest?
  package let state: State
  package let position: UInt64
  /// Hash of the entry at `position`.
  package let entryHash: LogHash
  /// The entries after `base`.
  package let entries: [RetainedEntry]

  /// The store's time, by its last confirming answer and this server's clock; nil where it tells none.
  package let storeTime: StoreTime?
  /// This server.
  package let writer: UniqueID
  /// Commands are refused until a manifest covers the entries.
  package let isPressed: Bool
  /// Part of `entries` that this server wrote, in bytes.
  package let ownShare: Double

  package var manifestNumber: UInt64 { base?.number ?? 0 }
  package var entryBytes: Int { entries.reduce(0) { $0 + $1.payload.count } }
}

package enum PublishOutcome: Sendable {
  case published(Manifest)
  case lost(LostPublication)
  /// Not known, or nobody could be asked; the manifest may be there all the same.
  case unclear(reason: String)
}

/// What a publisher that lost has read: the manifests that took its number and all that follow.
package struct LostPublication: Sendable {
  /// The last of them; nil if that was emptied.
  package var newest: Manifest?
  /// At least one was emptied, so that what it condemned is not known.
  package var metEmptied: Bool
  /// Everything that they condemn.
  package var condemned: Set<UniqueID>
}

extension LogReplica {
  /// The state for maintenance to work from; nil while there is none, or while it does not stand on the newest
  /// manifest yet.
  package func maintenanceView() -> MaintenanceView<State>? {
    guard isLoaded, isServing, base?.number == newest?.number, !isReadOnly else { return nil }
    let own = retained.reduce(0) { $0 + ($1.isOwn ? $1.memoryBytes : 0) }
    return MaintenanceView(
      base: base, state: state, position: position, entryHash: lastHash, entries: retained,
      storeTime: confirmation.flatMap { known in
        known.date?.advanced(by: clock.now() - known.sent)
      },
      writer: configuration.writer, isPressed: isPressed,
      ownShare: retainedBytes > 0 ? Double(own) / Double(retainedBytes) : 1)
  }

  /// A newer version of Apus has said that servers of this one may only read here (S9).
  var isReadOnly: Bool { (newest?.writerVersion ?? 0) > ManifestCodec.formatVersion }

  /// Creates the manifest after `number` by rule S5: exactly one server has each number, and who loses reads the
  /// winner and all that follow.
  package func publish(_ draft: ManifestDraft, after number: UInt64) async -> PublishOutcome {
    let exact = configuration.rules.contains(.tellsPositionExactly)
    let manifest = Manifest(
      number: number + 1, writer: configuration.writer, putID: .random(from: random),
      position: exact ? draft.position : draft.position + 1, entryHash: draft.entryHash,
      isFinal: draft.isFinal, condemned: draft.condemned, payload: draft.payload)
    let object = ManifestCodec.encode(manifest)
    do throws(ReadError) {
      guard try await create(manifest, object) else {
        return .lost(try await readWinners(from: manifest.number))
      }
      try take(manifest)
      return .published(manifest)
    } catch {
      if case .store = error {} else { note(error) }
      return .unclear(reason: "\(error)")
    }
  }

  /// - Returns: Whether the number is this manifest's; by reading, where the store's answer does not tell (S2).
  private func create(_ manifest: Manifest, _ object: [UInt8]) async throws(ReadError) -> Bool {
    var attempts = 0
    while true {
      var problem: ObjectStoreError?
      do throws(ObjectStoreError) {
        let key = configuration.keys.manifest(manifest.number)
        if case .created = try await store.create(key, object) { return true }
      } catch {
        problem = error
      }
      if case .found(let found) = try await fetchManifestPatiently(manifest.number) {
        return try decodeManifest(found.body, manifest.number)?.putID == manifest.putID
      }
      attempts += 1
      if let problem, !problem.isTransient || attempts >= Self.publishAttemptsMax {
        throw .store(problem)
      }
      guard isServing else { throw .outrun }
      await backOff(attempts)
    }
  }

  private static var publishAttemptsMax: Int { 8 }

  private func fetchManifestPatiently(_ number: UInt64) async throws(ReadError) -> GetAnswer {
    var attempts = 0
    while true {
      do throws(ReadError) {
        return try await fetchManifest(number)
      } catch {
        attempts += 1
        guard attempts < Self.publishAttemptsMax, isServing else { throw error }
        await backOff(attempts)
      }
    }
  }

  /// Reads manifest `number` and every one after it, one by one, up to the newest.
  private func readWinners(from number: UInt64) async throws(ReadError) -> LostPublication {
    var lost = LostPublication(newest: nil, metEmptied: false, condemned: [])
    var number = number
    if !configuration.rules.contains(.readsEveryWinner) {
      number = try await newestManifestNumber() ?? number
    }
    while case .found(let object) = try await fetchManifestPatiently(number) {
      lost.newest = try decodeManifest(object.body, number)
      if let manifest = lost.newest {
        lost.condemned.formUnion(manifest.condemned)
      } else if configuration.rules.contains(.heedsEmptied) {
        lost.metEmptied = true
      }
      number += 1
    }
    if let newest = lost.newest { try take(newest) }
    return lost
  }
}
