/// A place where credentials come from.
package protocol CredentialsProvider: Sendable {
  /// Credentials that are valid now, fetched anew at each call.
  func credentials(
    using context: CredentialsContext
  ) async throws(CredentialsError) -> S3Credentials
}

/// What a provider may use.
package struct CredentialsContext: Sendable {
  let http: HTTPTransport
  /// Time of day, in seconds since 1970.
  let wallClock: @Sendable () -> Double

  static let answerBytesMax = 64 * 1024

  /// An answer with status 200, or an error that names `source`.
  func fetch(
    _ request: HTTPTransport.Request, from source: String
  ) async throws(CredentialsError) -> [UInt8] {
    let answer: HTTPTransport.Answer
    do {
      answer = try await http.send(request)
    } catch {
      throw CredentialsError(
        error.kind == .cancelled ? .cancelled : .unreachable, "\(source): \(error)")
    }
    guard answer.status == 200 else {
      let isTransient = answer.status >= 500 || answer.status == 429
      let code = (try? XMLElement(parsing: answer.body))?["Error"]
      let detail = code.map { ": \($0["Code"]?.text ?? "") \($0["Message"]?.text ?? "")" } ?? ""
      throw CredentialsError(
        isTransient ? .unreachable : .refused, "\(source) answered \(answer.status)\(detail)")
    }
    return answer.body
  }
}

/// Why a provider gave no credentials.
package struct CredentialsError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    /// This source is not set up here; a chain asks the next one.
    case absent
    /// The source is set up, but wrongly, or says no. Does not mend itself.
    case refused
    /// The source did not answer, or failed. May mend itself.
    case unreachable
    case cancelled
  }

  package let code: Code
  package let description: String

  package init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
