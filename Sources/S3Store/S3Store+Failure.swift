import ObjectStore

/// What S3 says about a request that it refused.
struct S3ErrorBody {
  let code: String?
  let message: String?
  let requestID: String?
  let region: String?
  let size: Int?

  init(_ answer: S3Answer) {
    let root = try? XMLElement(parsing: answer.body)
    let error = root?.name == "Error" ? root : nil
    code = (error?["Code"]?.text).flatMap { $0.isEmpty ? nil : Self.printable($0) }
    message = (error?["Message"]?.text).map(Self.printable)
    requestID =
      answer.header("x-amz-request-id").map(Self.printable)
      ?? (error?["RequestId"]?.text).map(Self.printable)
    region = (answer.header("x-amz-bucket-region") ?? error?["Region"]?.text).map(Self.printable)
    size = (error?["ActualObjectSize"]?.text).flatMap { Int($0) }
  }

  /// At most 300 characters in one line.
  private static func printable(_ text: String) -> String {
    var printable = ""
    for scalar in text.unicodeScalars.prefix(300) {
      printable.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7f ? " " : scalar)
    }
    return printable
  }
}

extension S3Store {
  /// An error that names the operation, the key and the bucket.
  func failure(
    _ request: S3Request, _ code: ObjectStoreError.Code, _ reason: String, applied: Bool,
    storeCode: String? = nil, requestID: String? = nil
  ) -> ObjectStoreError {
    let object = request.key.map { "'\($0)' in " } ?? ""
    return ObjectStoreError(
      code, "\(request.operation) of \(object)bucket '\(configuration.bucket)' failed: \(reason)",
      mayHaveBeenApplied: applied, storeCode: storeCode, requestID: requestID)
  }

  /// An answer that does not say what it should.
  func damaged(_ request: S3Request, _ answer: S3Answer, _ reason: String) -> ObjectStoreError {
    failure(
      request, .damaged, reason, applied: request.changes,
      requestID: answer.header("x-amz-request-id"))
  }

  /// What an answer means that is not the one hoped for.
  func failure(_ request: S3Request, _ answer: S3Answer) -> ObjectStoreError {
    let body = S3ErrorBody(answer)
    var reason = "\(body.code ?? "no code of S3") (\(answer.status))"
    if let message = body.message, !message.isEmpty { reason += ": \(message)" }
    if let id = body.requestID { reason += " (request \(id))" }
    var code = Self.code(status: answer.status, storeCode: body.code)

    switch body.code {
    case "RequestTimeTooSkewed" where answer.clockWasCorrected:
      // Refused before it was looked at; signed anew, by the store's clock, it may succeed.
      code = .storeFailed
    case "ExpiredToken", "TokenRefreshRequired":
      if cache.forget(answer.credentials) { code = .storeFailed }
    default: break
    }
    if let remedy = remedy(for: code, body) { reason += "; \(remedy)" }
    return failure(
      request, code, reason,
      applied: request.changes && Self.mayHaveBeenApplied(answer.status, storeCode: body.code),
      storeCode: body.code, requestID: body.requestID)
  }

  static func code(status: Int, storeCode: String?) -> ObjectStoreError.Code {
    switch storeCode {
    case "NoSuchBucket": return .noSuchBucket
    case "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded",
      "TooManyRequests":
      return .throttled
    case "RequestTimeout": return .unreachable
    case "IncompleteBody", "BadDigest": return .damaged
    case "InternalError", "NoSuchUpload", "TemporaryRedirect", "OperationAborted",
      "ConditionalRequestConflict":
      return .storeFailed
    case "NotImplemented": return .invalidRequest
    case "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken",
      "ExpiredToken", "TokenRefreshRequired", "RequestTimeTooSkewed":
      return .accessDenied
    default: break
    }
    switch status {
    case 401, 403: return .accessDenied
    // Nothing that S3 says about a key: a wrong endpoint, or a damaged answer.
    case 404, 200..<300: return .damaged
    case 408: return .unreachable
    case 409: return .storeFailed
    case 429, 503: return .throttled
    case 500...: return .storeFailed
    default: return .invalidRequest
    }
  }

  /// False only for answers with which S3 refuses a request before it carries it out.
  static func mayHaveBeenApplied(_ status: Int, storeCode: String?) -> Bool {
    switch storeCode {
    // The upload is unknown also where this very request completed it, sent twice by something between.
    case "RequestTimeout", "IncompleteBody", "BadDigest", "NoSuchUpload": true
    case "NotImplemented": false
    default:
      switch status {
      case 408, 409, 412: true
      case 300..<500: false
      default: true
      }
    }
  }

  private func remedy(for code: ObjectStoreError.Code, _ body: S3ErrorBody) -> String? {
    switch body.code {
    case "PermanentRedirect", "AuthorizationHeaderMalformed":
      let there = body.region.map { "it is in region '\($0)', " } ?? ""
      return
        "\(there)the request was for '\(configuration.region)': set AWS_REGION and the endpoint"
    case "NoSuchBucket":
      return "create the bucket, or check its name and the endpoint \(address.host)"
    case "RequestTimeTooSkewed":
      return "this machine's clock is \(Int(skew.secondsAhead)) s behind the store's: set it"
    case "SignatureDoesNotMatch":
      return "check AWS_SECRET_ACCESS_KEY and AWS_REGION"
    case "InvalidAccessKeyId":
      return "check AWS_ACCESS_KEY_ID, and that \(address.host) is the right server for it"
    case "ExpiredToken", "InvalidToken":
      return code == .storeFailed ? "new credentials are fetched" : "renew AWS_SESSION_TOKEN"
    case "AccessDenied":
      return "the keys need s3:ListBucket on the bucket and s3:GetObject, s3:PutObject and "
        + "s3:DeleteObject on its objects"
    default: return nil
    }
  }
}
