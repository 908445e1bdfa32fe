import HTTPTypes
import JSON
import Model

/// What a route answers: a text, JSON nearly everywhere, and a few headers.
package struct Answer: Sendable {
  var status: HTTPResponse.Status = .ok
  package var body: [UInt8]
  var contentType = "application/json"
  /// What a browser may load for a page.
  var contentSecurityPolicy: String?
  /// The position of the collection's log that the answer shows.
  package var logPosition: UInt64?
  var retryAfter: Int?
  /// Chroma's health routes go without.
  var hasTraceID = true

  init(status: HTTPResponse.Status = .ok, body: [UInt8], logPosition: UInt64? = nil) {
    self.status = status
    self.body = body
    self.logPosition = logPosition
  }

  /// The answer of everything that changes something.
  static func empty(
    status: HTTPResponse.Status = .ok, logPosition: UInt64? = nil
  ) -> Answer {
    Answer(status: status, body: Array("{}".utf8), logPosition: logPosition)
  }

  /// JSON, of about so many bytes.
  static func json(
    logPosition: UInt64? = nil, bytes: Int = 256, _ write: (inout JSONWriter) -> Void
  ) -> Answer {
    var json = JSONWriter(reservingBytes: bytes)
    write(&json)
    return Answer(body: json.finish(), logPosition: logPosition)
  }

  static func error(_ error: APIError) -> Answer {
    var answer = Answer.json { json in
      json.beginObject()
      json.key("error")
      json.string(error.name.rawValue)
      json.key("message")
      json.string(error.message)
      json.endObject()
    }
    answer.status = error.status
    answer.retryAfter = error.retryAfter
    return answer
  }
}
