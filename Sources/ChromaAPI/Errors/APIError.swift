package import HTTPTypes

/// A refusal as Chroma's clients read it: `{"error": name, "message": text}`.
///
/// The Python client chooses its exception by the name, the JavaScript client by the status alone.
package struct APIError: Error, Hashable {
  enum Name: String {
    case invalidArgument = "InvalidArgumentError"
    case notFound = "NotFoundError"
    case chroma = "ChromaError"
    case `internal` = "InternalError"
    /// Of the API's first version alone.
    case v1 = "Unimplemented"
  }

  package let status: HTTPResponse.Status
  let name: Name
  package let message: String
  /// Seconds after which the same request may succeed.
  package var retryAfter: Int?

  init(
    status: HTTPResponse.Status, name: Name = .chroma, message: String, retryAfter: Int? = nil
  ) {
    self.status = status
    self.name = name
    self.message = message
    self.retryAfter = retryAfter
  }

  package static func invalid(_ message: String) -> APIError {
    APIError(status: .badRequest, name: .invalidArgument, message: message)
  }

  package static func notFound(_ message: String) -> APIError {
    APIError(status: .notFound, name: .notFound, message: message)
  }

  package static func conflict(_ message: String) -> APIError {
    APIError(status: .conflict, message: message)
  }

  static func notImplemented(_ message: String) -> APIError {
    APIError(status: .notImplemented, message: message)
  }

  /// What Rust's validator says of a field.
  static func validation(_ field: String, _ message: String) -> APIError {
    .invalid("Validation error: \(field): \(message)")
  }
}
