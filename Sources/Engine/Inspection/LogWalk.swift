import CommitLog
import Model
import ObjectStore

/// Why a log does not hold together.
enum LogWalkFailure: Error, CustomStringConvertible {
  case store(ObjectStoreError)
  case missing(key: String)
  case damaged(String)

  /// True where a newer manifest than the one that was read may explain it.
  var mayBeOutdated: Bool {
    if case .missing = self { true } else { false }
  }

  var description: String {
    switch self {
    case .store(let error): error.message
    case .missing(let key): "object \(key) is missing"
    case .damaged(let reason): reason
    }
  }
}

/// Reads one log from its newest manifest to its end, once.
struct LogWalk<State: ReplicatedState> {
  struct Found {
    var manifest: Manifest?
    var state: State
    var position: UInt64
  }

  let store: any ObjectStore
  let keys: LogKeys
  let initial: State
  let opener: State.Opener

  func run() async throws(LogWalkFailure) -> Found {
    let manifest = try await newestManifest()
    var state = initial
    if let manifest { state = try await open(manifest) }
    var position = manifest?.position ?? 0
    var hash = manifest?.entryHash ?? .start
    while let object = try await find(keys.entry(position + 1)) {
      let key = keys.entry(position + 1)
      do {
        let entry = try LogEntryCodec.decode(object, number: position + 1, key: key)
        guard entry.previousHash == hash else {
          throw LogWalkFailure.damaged("object \(key) does not continue the entry before it")
        }
        try state.apply(entry.payload)
      } catch let error as LogWalkFailure {
        throw error
      } catch {
        throw .damaged("\(error)")
      }
      hash = LogHash(ofObject: object)
      position += 1
    }
    try await checkEnd(position)
    return Found(manifest: manifest, state: state, position: position)
  }

  private func newestManifest() async throws(LogWalkFailure) -> Manifest? {
    let page: ListAnswer
    do throws(ObjectStoreError) {
      page = try await store.list(prefix: keys.manifestPrefix, startAfter: nil, maxKeys: 1)
    } catch {
      throw .store(error)
    }
    guard let key = page.items.first?.key else { return nil }
    guard let number = keys.manifestNumber(of: key) else {
      throw .damaged("object \(key) is not a manifest and does not belong there")
    }
    guard let object = try await find(key) else { throw .missing(key: key) }
    do throws(LogObjectError) {
      if let manifest = try ManifestCodec.decode(object, number: number, key: key) {
        return manifest
      }
    } catch {
      throw .damaged("\(error)")
    }
    throw .missing(key: key)
  }

  private func open(_ manifest: Manifest) async throws(LogWalkFailure) -> State {
    do throws(OpenFailure) {
      return try await State.open(manifest, with: opener)
    } catch {
      switch error {
      case .store(let problem): throw .store(problem)
      case .missing(let key): throw .missing(key: key)
      case .damaged(let reason), .newerFormat(let reason): throw .damaged(reason)
      }
    }
  }

  /// Behind the first slot that is empty nothing may follow.
  private func checkEnd(_ position: UInt64) async throws(LogWalkFailure) {
    let page: ListAnswer
    do throws(ObjectStoreError) {
      page = try await store.list(
        prefix: keys.entryPrefix, startAfter: keys.entry(position), maxKeys: 1)
    } catch {
      throw .store(error)
    }
    guard let key = page.items.first?.key else { return }
    // Written meanwhile, if it is the next one.
    guard keys.entryNumber(of: key) != position + 1 else { return }
    throw .missing(key: keys.entry(position + 1))
  }

  private func find(_ key: String) async throws(LogWalkFailure) -> [UInt8]? {
    do throws(ObjectStoreError) {
      return try await store.find(key)?.body
    } catch {
      throw .store(error)
    }
  }
}
