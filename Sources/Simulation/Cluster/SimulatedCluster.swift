package import CommitLog
package import Engine
package import Model
import Segments
import Synchronization

/// Several servers on one bucket, of which any may be killed, paused or cut off at any moment.
package final class SimulatedCluster: Sendable {
  package let simulation: SimulationScheduler
  package let bucket: SimulatedBucket
  package let rules: SafetyRules
  private let profile: Mutex<FaultProfile>
  private let members: Mutex<[SimulatedServer]>
  private let configuration: EngineConfiguration
  private let limits: LogLimits
  /// By number of the server, over and over; empty for none.
  private let maintenance: [MaintenanceConfiguration]
  /// A server finds local copies of the segments in the bucket, as an earlier process may have left them: whole,
  /// damaged, filled in part.
  private let leavesCopies: Bool
  private let starts = Mutex<UInt64>(0)

  package init(
    _ simulation: SimulationScheduler, servers count: Int, profile: FaultProfile,
    rules: SafetyRules = .all, grace: Duration = .seconds(60),
    requestDeadline: Duration = .seconds(8), syncInterval: Duration = .seconds(7),
    limits: LogLimits = LogLimits(), maintenance: [MaintenanceConfiguration] = [],
    time: SimulatedBucket.Time = .init(), partBytes: Int = .max,
    leavesCopies: Bool = false
  ) {
    self.leavesCopies = leavesCopies
    self.simulation = simulation
    self.rules = rules
    self.limits = limits
    bucket = SimulatedBucket(simulation, time: time, partBytes: partBytes)
    configuration = EngineConfiguration(
      prefix: "vector_db/", grace: grace, syncInterval: syncInterval,
      requestDeadline: requestDeadline, probesStore: false, maintenance: .none)
    self.maintenance = maintenance
    self.profile = Mutex(profile)
    members = Mutex([])
    for index in 0..<count {
      let server = newServer("server-\(index)", member: index)
      members.withLock { $0.append(server) }
    }
  }

  package var servers: [SimulatedServer] { members.withLock { $0 } }

  /// A server that is not among `servers`, or becomes number `member` of them.
  package func newServer(_ name: String, member: Int? = nil) -> SimulatedServer {
    var configuration = configuration
    if let member, !maintenance.isEmpty {
      configuration.maintenance = maintenance[member % maintenance.count]
    }
    return SimulatedServer(
      name: name, on: bucket, in: simulation, profile: profile.withLock { $0 },
      configuration: configuration, rules: rules, limits: limits,
      workspace: MemoryWorkspace(leftovers: leavesCopies ? leftovers() : [:]))
  }

  private func leftovers() -> [UniqueID: [UInt8]] {
    let start = starts.withLock { starts in
      starts += 1
      return starts
    }
    let random = SeededRandomSource(seed: start)
    var leftovers: [UniqueID: [UInt8]] = [:]
    for (key, body) in bucket.bodies {
      let names = key.split(separator: "/").suffix(2)
      guard names.first == "segments", let name = names.last, let id = UniqueID(String(name)),
        !body.isEmpty
      else { continue }
      var body = body
      let place = Int(random.next(below: UInt64(body.count)))
      switch random.next(below: 5) {
      case 0: break
      case 1: body[place] ^= 1 << UInt8(random.next(below: 8))
      case 2: for index in place..<body.count { body[index] = 0 }
      case 3: body.removeLast(body.count - place)
      default: continue
      }
      leftovers[id] = body
    }
    return leftovers
  }

  /// Kills the server and starts another on the same bucket after `delay`.
  package func restart(_ index: Int, after delay: Duration) {
    simulation.kill(servers[index].node)
    simulation.schedule(after: delay) {
      let server = self.newServer("server-\(index)", member: index)
      self.members.withLock { $0[index] = server }
    }
  }

  /// Ends all faults, for every server, now and from now on.
  package func calmDown() {
    profile.withLock { $0 = .calm }
    bucket.observe { _ in }
    for server in servers {
      server.store.profile = .calm
      server.store.partition = nil
      server.store.slowness = 1
    }
  }

  /// For a time the store refuses everything that this server asks.
  private func throttle(_ server: SimulatedServer, for stretch: Duration) {
    server.store.profile.throttled = 1
    simulation.schedule(after: stretch) {
      // Of then: the storm may be over.
      server.store.profile.throttled = self.profile.withLock { $0.throttled }
    }
  }

  /// Kills, pauses, cuts off and slows down servers at random until `isOver`.
  package func wreakHavoc(
    _ random: any RandomSource, on node: SimulatedNode, pauseMax: Duration = .seconds(4),
    isOver: @Sendable () -> Bool
  ) async {
    while !isOver(), !Task.isCancelled {
      let pause = random.next(below: UInt64(pauseMax.wholeMilliseconds))
      try? await node.clock.sleep(for: .milliseconds(Int64(200 + pause)))
      guard !isOver(), !Task.isCancelled else { return }
      let index = Int(random.next(below: UInt64(servers.count)))
      let server = servers[index]
      guard server.node.isAlive else { continue }
      let stretch = Duration.milliseconds(Int64(100 + random.next(below: 6_000)))
      switch random.next(below: 10) {
      case 0...2: restart(index, after: stretch)
      case 3: simulation.pause(server.node, for: stretch)
      case 4: simulation.pause(server.node, for: stretch * 10)
      case 5: simulation.pause(server.node, for: stretch * 10, stopsClock: true)
      case 6: server.store.cutOff(.both, for: stretch)
      case 7: server.store.cutOff(.answers, for: stretch * 2)
      case 8: server.store.slowness = 1 + random.nextUnit() * 5
      default: throttle(server, for: stretch * 6)
      }
    }
  }

  /// Now and then one server sleeps for a time from `range`, with its clock or without. Where the store's clock is
  /// set back, it may forget that time while the servers' own clocks go on: only one of them lies (S4).
  package func putToSleep(
    for range: ClosedRange<Int64>, setsStoreBack: Bool = false, _ random: any RandomSource,
    on node: SimulatedNode, isOver: @Sendable () -> Bool
  ) async {
    while !isOver(), !Task.isCancelled {
      try? await node.clock.sleep(for: .seconds(Int64(random.next(below: 120))))
      guard !isOver(), !Task.isCancelled else { return }
      let server = servers[Int(random.next(below: UInt64(servers.count)))]
      guard server.node.isAlive else { continue }
      let span = UInt64(range.upperBound - range.lowerBound + 1)
      let nap = Duration.seconds(range.lowerBound + Int64(random.next(below: span)))
      let isOdd = random.next(below: 3) == 0
      simulation.pause(server.node, for: nap, stopsClock: isOdd && !setsStoreBack)
      if isOdd, setsStoreBack {
        simulation.schedule(after: nap - .milliseconds(1)) {
          self.bucket.shiftClock(by: .zero - nap)
        }
      }
    }
  }

  /// A server that has just written a segment sleeps, with a chance of one in `odds`, before it can name it; only server
  /// number `napper` where that is given.
  package func napAfterUploads(
    for range: ClosedRange<Int64>, odds: UInt64, by napper: Int?, _ random: any RandomSource
  ) {
    bucket.observe { entry in
      guard entry.kind == .put || entry.kind == .endUpload, entry.key.contains("/segments/"),
        random.next(below: odds) == 0,
        let index = self.servers.firstIndex(where: { $0.node.name == entry.node }),
        index == napper ?? index, self.servers[index].node.isAlive
      else { return }
      let server = self.servers[index]
      let span = UInt64(range.upperBound - range.lowerBound + 1)
      let nap = Duration.seconds(range.lowerBound + Int64(random.next(below: span)))
      self.simulation.schedule(after: .milliseconds(1)) {
        self.simulation.pause(server.node, for: nap)
      }
    }
  }

  /// Kills a server at the moment at which the bucket has carried out its maintenance's write number `number`; it
  /// starts anew soon after.
  package func killAfterMaintenanceWrite(_ number: Int) {
    let left = Mutex(number)
    bucket.observe { entry in
      let isMaintenance = !entry.key.contains("/log/") || entry.kind == .delete
      guard isMaintenance, entry.key.contains("/collections/"),
        let index = self.servers.firstIndex(where: { $0.node.name == entry.node }),
        left.withLock({ left in
          left -= 1
          return left == 0
        })
      else { return }
      self.restart(index, after: .seconds(3))
    }
  }
}
