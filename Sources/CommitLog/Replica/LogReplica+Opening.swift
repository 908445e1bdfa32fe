import Logging
import Model
import ObjectStore

/// From a manifest to a state, and from one manifest to the next.
extension LogReplica {
  /// Reads the log: the newest manifest with its successor (the confirmation), then what the manifest names
  /// beside the entries after it.
  func readOn() async throws(ReadError) {
    if !isPositioned, newest == nil, let number = try await newestManifestNumber() {
      try await findBase(number)
    }
    guard !isPositioned else { return try await catchUp(window: 8) }
    if newest != nil, confirmation == nil { try await confirm() }
    if let manifest = newest {
      let first = await fetch(beside: manifest)
      let state = try first.opened.get()
      // A publisher of this server may have met a newer one meanwhile, whose number what was read did not prove free.
      guard newest?.number == manifest.number else { throw .outrun }
      settle(on: manifest, state: state)
      if try await apply(first.answers, from: manifest.position + 1) { return }
    } else {
      let first = await fetchBesideConfirmation()
      if confirmation == nil { try await confirm() }
      guard newest == nil else { throw .outrun }
      settle(on: nil, state: initial)
      if try await apply(first, from: 1) { return }
    }
    try await catchUp(window: 8)
  }

  /// Reads a manifest together with its successor, which proves that it is the newest, or is newer.
  private func findBase(_ number: UInt64) async throws(ReadError) {
    let manifest = await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.confirmAbsence(of: number + 1) }
      let manifest = await self.fetchedManifest(number)
      await group.waitForAll()
      return manifest
    }
    switch try manifest.get() {
    case .notFound: throw .outrun
    case .found(let object):
      guard let decoded = try decodeManifest(object.body, number) else {
        guard try await newestManifestNumber() == number else { throw .outrun }
        throw .fault(emptied(number))
      }
      newest = decoded
    }
  }

  private func fetchedManifest(_ number: UInt64) async -> Result<GetAnswer, ReadError> {
    do throws(ReadError) {
      return .success(try await fetchManifest(number))
    } catch {
      return .failure(error)
    }
  }

  private func confirmAbsence(of number: UInt64) async throws(ReadError) {
    let sent = clock.now()
    guard case .notFound(let date) = try await fetchManifest(number) else { return }
    confirmation = Confirmation(date: date, sent: sent)
  }

  private func fetchBesideConfirmation() async -> [Result<SlotAnswer, ObjectStoreError>] {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.confirm() }
      let answers = await self.fetch(from: 1, count: 4)
      await group.waitForAll()
      return answers
    }
  }

  private struct Beside: Sendable {
    let opened: Result<State, ReadError>
    let answers: [Result<SlotAnswer, ObjectStoreError>]
  }

  private func fetch(beside manifest: Manifest) async -> Beside {
    await withTaskGroup(of: Result<State, ReadError>.self) { group in
      group.addTask { await self.opened(manifest) }
      let answers = await self.fetch(from: manifest.position + 1, count: 4)
      let opened = await group.next() ?? .failure(.outrun)
      return Beside(opened: opened, answers: answers)
    }
  }

  private func opened(_ manifest: Manifest) async -> Result<State, ReadError> {
    do throws(ReadError) {
      return .success(try await open(manifest))
    } catch {
      return .failure(error)
    }
  }

  private func open(_ manifest: Manifest) async throws(ReadError) -> State {
    do throws(OpenFailure) {
      return try await State.open(manifest, with: opener)
    } catch {
      switch error {
      case .store(let problem): throw .store(problem)
      case .damaged(let reason): throw .fault(.damaged(reason))
      case .newerFormat(let reason): throw .fault(.newerFormat(reason))
      case .missing(let key):
        // Deleted because a newer manifest does without it, or lost (S6).
        try await confirm()
        guard newest?.number == manifest.number else { throw .outrun }
        throw .fault(
          .damaged(
            "object \(key) is missing, which manifest \(manifest.number) of "
              + "\(configuration.keys.prefix) names"))
      }
    }
  }

  /// Makes the manifest's state this replica's, without any entry after it.
  func settle(on manifest: Manifest?, state: State) {
    self.state = state
    base = manifest
    position = manifest?.position ?? 0
    lastHash = manifest?.entryHash ?? .start
    retained = []
    retainedBytes = 0
    isPressed = false
    settlements += 1
    isPositioned = true
  }

  // MARK: Moving onto a newer manifest

  /// Moves the state onto the newest manifest whenever there is a newer one: the entries that it covers are
  /// let go, with the memory that they take.
  func adoptLoop() async {
    var failures = 0
    while isServing {
      guard let target = newest, target.number != base?.number else {
        await adoptionSignal.wait()
        continue
      }
      do throws(ReadError) {
        try await adopt(target)
        failures = 0
      } catch {
        failures += 1
        switch error {
        case .outrun: noteOutrun()
        case .store(let problem): lastProblem = problem.message
        case .fault(let found):
          // What is in memory is right; only the bucket's newest objects are not.
          lastProblem = "\(found)"
          logger.error(
            "a manifest cannot be used",
            metadata: ["log": "\(configuration.keys.prefix)", "error": "\(found)"])
        }
        await backOff(failures)
      }
    }
  }

  /// Looks for a newer manifest than the state stands on, and moves onto it.
  package func moveOntoNewestManifest() async {
    guard isLoaded else { return }
    do throws(ReadError) {
      try await confirm()
      if isLoaded, let newest, newest.number != base?.number { try await adopt(newest) }
    } catch {
      // What is in memory is right, whatever is wrong with the manifest; the loop that adopts tells.
      if case .outrun = error { noteOutrun() }
      adoptionSignal.raise()
    }
  }

  private func adopt(_ target: Manifest) async throws(ReadError) {
    guard target.position <= position else { throw .outrun }
    let opened = try await open(target)
    guard isServing, newest?.number == target.number else { return }
    let replayedTo = position
    let fresh = try await Self.replay(
      retained.filter { $0.number > target.position }, on: opened, keys: configuration.keys)
    guard isServing, newest?.number == target.number else { return }
    try adopt(target, fresh, replayedTo: replayedTo)
  }

  private func adopt(
    _ target: Manifest, _ replayed: State, replayedTo: UInt64
  ) throws(ReadError) {
    var fresh = replayed
    for entry in retained where entry.number > replayedTo {
      try Self.apply(entry, to: &fresh, keys: configuration.keys)
    }
    // What has lost its place already is decided anew on what won it.
    if let attempt = inFlight, attempt.resolution == nil {
      var candidate = fresh
      do throws(BinaryError) {
        try candidate.apply(attempt.entry.payload)
      } catch {
        throw .fault(.damaged("an entry of this server cannot be applied: \(error.message)"))
      }
      attempt.candidate = candidate
    }
    state = fresh
    base = target
    retained.removeAll { $0.number <= target.position }
    retainedBytes = retained.reduce(0) { $0 + $1.memoryBytes }
    isPressed = false
    settlements += 1
    if isLoaded {
      publish()
      changes.raise()
    }
  }

  @concurrent
  private static func replay(
    _ entries: [RetainedEntry], on state: State, keys: LogKeys
  ) async throws(ReadError) -> State {
    var state = state
    for entry in entries {
      try apply(entry, to: &state, keys: keys)
      await Task.yield()
    }
    return state
  }

  private static func apply(
    _ entry: RetainedEntry, to state: inout State, keys: LogKeys
  ) throws(ReadError) {
    do throws(BinaryError) {
      try state.apply(entry.payload)
    } catch {
      throw .fault(.damaged("object \(keys.entry(entry.number)) is damaged: \(error.message)"))
    }
  }
}
