import Model

/// What is going to happen to one request, drawn when it is sent.
struct RequestPlan {
  enum Fault: Hashable {
    case refused, failedUnapplied, throttled, conflict, answerLost, late, duplicated, damaged
    case corrupted
  }

  /// How a client learns that its request failed.
  enum Symptom { case connectionReset, serverError, timeout }

  let fault: Fault?
  /// When the request reaches the store, after sending; empty if never, twice for a duplicate.
  let arrivals: [Duration]
  /// When the client has its answer or its error, after sending.
  let answer: Duration
  let symptom: Symptom
  let timeout: Duration
  /// Whether it is applied though its sender was killed or cancelled before it arrived.
  let landsWithoutSender: Bool
  /// Whether it goes over a connection that was open before a partition began.
  let hasConnection: Bool
  /// Chooses the bit to corrupt, and how much of a failed bulk delete is applied.
  let choice: UInt64

  init(
    kind: StoreRequestKind, profile: FaultProfile, slowness: Double, random: any RandomSource
  ) {
    let latency = profile.latency(of: kind)
    let total = latency.draw(from: random) * slowness
    let outward = total * (latency.isFixed ? 0.5 : 0.2 + 0.6 * random.nextUnit())
    let fault = Self.drawFault(kind: kind, profile: profile, random: random)
    let coin = random.next()
    self.fault = fault
    timeout = profile.requestTimeout
    landsWithoutSender = random.nextUnit() < profile.landsWithoutSender
    hasConnection = random.next() & 1 == 0
    choice = random.next()
    let lateness = profile.lateness * random.nextUnit()

    switch fault {
    case .refused, .failedUnapplied, .throttled, .conflict:
      (arrivals, answer, symptom) = ([], min(total, timeout), .serverError)
    case .late:
      let symptom = coin & 1 == 0 ? Symptom.connectionReset : .timeout
      let givesUp = symptom == .timeout ? timeout : min(total, timeout)
      (arrivals, answer, self.symptom) = ([givesUp + lateness], givesUp, symptom)
    case .duplicated:
      // One in two comes at once, so that the client often sees the second answer.
      let second = outward + (coin & 1 == 0 ? total - outward : lateness)
      (arrivals, answer, symptom) = ([outward, second], second + (total - outward), .timeout)
    case .answerLost:
      let symptom = coin & 1 == 0 ? Symptom.connectionReset : .serverError
      (arrivals, answer, self.symptom) = ([outward], total, symptom)
    case .damaged, .corrupted, nil:
      (arrivals, answer, symptom) = ([outward], total, .timeout)
    }
  }

  private static func drawFault(
    kind: StoreRequestKind, profile: FaultProfile, random: any RandomSource
  ) -> Fault? {
    var rest = random.nextUnit()
    func hits(_ chance: Double) -> Bool {
      rest -= chance
      return rest < 0
    }
    if hits(profile.refused) { return .refused }
    if hits(profile.failedUnapplied) { return .failedUnapplied }
    if hits(profile.throttled) { return .throttled }
    if hits(profile.answerLost) { return .answerLost }
    if kind == .create, hits(profile.conflict) { return .conflict }
    if kind.isWrite {
      if hits(profile.late) { return .late }
      if hits(profile.duplicated) { return .duplicated }
    } else {
      if hits(profile.damaged) { return .damaged }
      if kind == .get, hits(profile.corrupted) { return .corrupted }
    }
    return nil
  }
}
