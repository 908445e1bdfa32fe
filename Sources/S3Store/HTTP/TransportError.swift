import AsyncHTTPClient
import NIOCore

/// Why an HTTP request has no answer.
struct TransportError: Error, CustomStringConvertible {
  enum Kind {
    /// No connection, or a broken one.
    case broken
    case timedOut
    /// The body is shorter than its `Content-Length`.
    case cutShort
    case tooLarge
    case cancelled
  }

  let kind: Kind
  let description: String
  /// False only if the request's body was never handed to a connection.
  let mayHaveArrived: Bool

  private init(_ kind: Kind, _ description: String, mayHaveArrived: Bool = true) {
    self.kind = kind
    self.description = description
    self.mayHaveArrived = mayHaveArrived
  }

  static func timedOut(_ description: String) -> TransportError {
    TransportError(.timedOut, description)
  }

  static func cutShort(_ count: Int, of announced: Int) -> TransportError {
    TransportError(.cutShort, "the answer ended after \(count) of \(announced) bytes")
  }

  static func tooLarge(_ count: Int, max: Int) -> TransportError {
    TransportError(.tooLarge, "the answer has \(count) bytes or more, the limit is \(max)")
  }

  /// Says what `error` means; an `HTTPClientError` only by its short description, for the long one can
  /// contain the values of headers, and these are secret.
  init(_ error: any Error, mayHaveArrived: Bool) {
    if let error = error as? TransportError {
      self = TransportError(error.kind, error.description, mayHaveArrived: mayHaveArrived)
      return
    }
    if error is CancellationError || (error as? HTTPClientError) == .cancelled {
      self = TransportError(.cancelled, "cancelled", mayHaveArrived: mayHaveArrived)
      return
    }
    guard let error = error as? HTTPClientError else {
      self = TransportError(
        .broken, Self.shortened(String(describing: error)), mayHaveArrived: mayHaveArrived)
      return
    }
    let timeouts: [HTTPClientError] = [
      .deadlineExceeded, .readTimeout, .writeTimeout, .connectTimeout, .tlsHandshakeTimeout,
      .getConnectionFromPoolTimeout,
    ]
    let kind: Kind = timeouts.contains(error) ? .timedOut : .broken
    self = TransportError(
      kind, error.shortDescription.lowercased(), mayHaveArrived: mayHaveArrived)
  }

  private static func shortened(_ text: String) -> String {
    text.utf8.count <= 300 ? text : String(text.prefix(300)) + " ..."
  }
}
