import ObjectStore
import Simulation

/// One node with its store, whose requests a test makes one by one.
struct StoreHarness {
  let simulation: SimulationScheduler
  let bucket: SimulatedBucket
  let node: SimulatedNode
  let store: SimulatedStore

  init(_ profile: FaultProfile, seed: UInt64 = 1, time: SimulatedBucket.Time = .init()) {
    simulation = SimulationScheduler(seed: seed)
    bucket = SimulatedBucket(simulation, time: time)
    node = simulation.node("client")
    store = bucket.store(for: node, profile)
  }

  func create(
    _ key: String, _ body: [UInt8] = [1, 2, 3]
  ) throws -> Result<CreateAnswer, ObjectStoreError> {
    try simulation.value(on: node) { [store] in await createResult(store, key, body) }
  }

  func get(_ key: String, _ range: ByteRange? = nil) throws -> Result<GetAnswer, ObjectStoreError> {
    try simulation.value(on: node) { [store] in await getResult(store, key, range) }
  }

  func answerDate(_ answer: CreateAnswer) -> StoreTime? {
    switch answer {
    case .created(let date), .exists(let date): date
    }
  }
}

func createResult(
  _ store: SimulatedStore, _ key: String, _ body: [UInt8]
) async -> Result<CreateAnswer, ObjectStoreError> {
  do {
    return .success(try await store.create(key, body))
  } catch {
    return .failure(error)
  }
}

func getResult(
  _ store: SimulatedStore, _ key: String, _ range: ByteRange?
) async -> Result<GetAnswer, ObjectStoreError> {
  do {
    return .success(try await store.get(key, range: range))
  } catch {
    return .failure(error)
  }
}
