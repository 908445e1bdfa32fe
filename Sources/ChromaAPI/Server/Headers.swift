import Engine
package import HTTPTypes

extension HTTPField.Name {
  /// The position of the collection's log that an answer shows.
  static let apusLogPosition = known("apus-log-position")
  /// Asks for a state at least this new.
  package static let apusMinLogPosition = known("apus-min-log-position")
  /// `strong`: the bucket is asked for newer writes first.
  package static let apusConsistency = known("apus-consistency")
  package static let chromaTraceID = known("chroma-trace-id")

  /// What a Chroma without tracing answers.
  static let noTrace = String(repeating: "0", count: 32)

  private static func known(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("no field name: \(name)") }
    return name
  }
}

extension ReadOptions {
  /// Errors: a header with a value that means nothing.
  init(_ headers: HTTPFields, alwaysStrong: Bool) throws(APIError) {
    self.init(isStrong: alwaysStrong)
    switch headers[.apusConsistency] {
    case nil, "eventual"?: break
    case "strong"?: isStrong = true
    case .some(let value):
      throw .invalid("Apus-Consistency: expected strong or eventual, got \(value)")
    }
    if let text = headers[.apusMinLogPosition] {
      guard let position = UInt64(text) else {
        throw .invalid("Apus-Min-Log-Position: expected a whole number, got \(text)")
      }
      minimumLogPosition = position
    }
  }
}
