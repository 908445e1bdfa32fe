import ObjectStore

/// One request under way, from a node to the bucket and back.
struct StoreFlight: Sendable {
  let id: UInt64
  let request: StoreRequest
  /// The virtual time at which it was sent.
  let sent: Duration
  let plan: RequestPlan

  /// How many keys of a bulk delete are deleted: some, where it fails.
  var deletions: Int {
    guard case .delete(let keys) = request else { return 0 }
    guard keys.count > 1, plan.fault == .answerLost else { return keys.count }
    return Int(plan.choice % UInt64(keys.count + 1))
  }

  /// What the client gets whatever the bucket answers; nil if the bucket's answer counts.
  var errorInsteadOfAnswer: ObjectStoreError? {
    switch plan.fault {
    case nil, .duplicated, .corrupted: return nil
    case .refused: return refusal
    case .throttled:
      return request.error(
        .throttled, "503 slow down", mayHaveBeenApplied: false, storeCode: "SlowDown")
    case .conflict:
      return request.error(
        .storeFailed, "409 conflict", mayHaveBeenApplied: true,
        storeCode: "ConditionalRequestConflict")
    case .damaged:
      return request.error(.damaged, "answer cut short", mayHaveBeenApplied: false)
    case .failedUnapplied: return serverError
    case .answerLost, .late: return errorForSymptom
    }
  }

  var refusal: ObjectStoreError {
    request.error(.unreachable, "connection refused", mayHaveBeenApplied: false)
  }

  var timeoutError: ObjectStoreError {
    request.error(.unreachable, "no answer within \(plan.timeout)", mayHaveBeenApplied: true)
  }

  private var serverError: ObjectStoreError {
    request.error(
      .storeFailed, "500 internal error", mayHaveBeenApplied: true, storeCode: "InternalError")
  }

  private var errorForSymptom: ObjectStoreError {
    switch plan.symptom {
    case .timeout: timeoutError
    case .serverError: serverError
    case .connectionReset:
      request.error(.unreachable, "connection reset", mayHaveBeenApplied: true)
    }
  }

  /// The bucket's answer as the client gets it.
  func outcome(of reply: StoreReply) -> StoreOutcome {
    if case .noSuchUpload = reply {
      // It may have been this very request, sent twice, that ended it.
      return .failure(
        request.error(
          .storeFailed, "404 no such upload", mayHaveBeenApplied: true, storeCode: "NoSuchUpload"))
    }
    guard plan.fault == .corrupted, case .get(.found(let object)) = reply, !object.body.isEmpty
    else { return .success(reply) }
    var body = object.body
    body[Int(plan.choice / 8 % UInt64(body.count))] ^= 1 << UInt8(plan.choice % 8)
    let corrupted = StoredObject(
      body: body, size: object.size, lastModified: object.lastModified, date: object.date)
    return .success(.get(.found(corrupted)))
  }
}

extension StoreReply {
  /// For the trace.
  var summary: String {
    switch self {
    case .get(.found): "found"
    case .get(.notFound): "not found"
    case .create(.created): "created"
    case .create(.exists): "exists"
    case .list(let answer): "\(answer.items.count) keys"
    case .done: "done"
    case .upload(let id): id
    case .uploads(let list): "\(list.items.count) uploads"
    case .noSuchUpload: "no such upload"
    }
  }
}
