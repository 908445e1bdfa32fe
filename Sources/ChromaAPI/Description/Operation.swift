/// What one method of a route takes and answers; from it come `/openapi.json`, `/docs` and the tests that
/// visit every route.
struct RouteDescription: Sendable {
  /// Chroma's name for it, where Chroma has the route.
  var id: String
  var group: Group
  var summary: String
  var detail = ""
  var query: [Parameter] = []
  var body: Body?
  var answer: Result
  /// What kind of work it is: says which headers and failures there are.
  var work: Work = .fixed
  /// Statuses of this route alone, in addition to those of its kind.
  var statuses: [Int] = []
  /// Whether `Apus-Log-Position` comes with the answer.
  var showsPosition = false
}

extension RouteDescription {
  enum Group: String, CaseIterable {
    case system = "System"
    case authentication = "Authentication"
    case tenant = "Tenant"
    case database = "Database"
    case collection = "Collection"
    case record = "Record"
    case function = "Function"
    case bucket = "Bucket"
    case description = "Description"
  }

  enum Work {
    /// Answered from memory, needs no state of the bucket.
    case fixed
    case read
    case write
  }

  struct Parameter: Sendable {
    var name: String
    var type: TypeSchema
    var note: String
  }

  struct Body: Sendable {
    var type: TypeSchema
    /// A valid body as JSON, to copy.
    var example: String
    var isRequired = true
    /// In bytes; nil where the setting for records holds.
    var bytesMax: Int? = Limits.otherBodyBytesMax
  }

  struct Result: Sendable {
    var status = 200
    /// Nil for an answer that is no JSON.
    var type: TypeSchema?
    var contentType = "application/json"
    /// An answer as JSON; nil where there is none to show.
    var example: String?

    static let empty = Result(type: .named("Empty"), example: "{}")
    /// Chroma's local server has the route only to refuse it.
    static let none = Result(status: 501)
  }
}

extension RouteDescription {
  /// Each status but that of the answer, in order. 404 and 405 come without a body where no route or no
  /// method fits.
  var failures: [Int] {
    var all: Set<Int> = [400, 403, 404, 405, 500]
    if body != nil { all.formUnion([408, 413, 415, 422, 503]) }
    if work != .fixed { all.formUnion([404, 503]) }
    if work == .write { all.formUnion([429, 504]) }
    all.formUnion(statuses)
    all.remove(answer.status)
    return all.sorted()
  }

  static func meaning(_ status: Int) -> String {
    switch status {
    case 400: "a value that is not allowed, or a body that is no JSON"
    case 403: "not allowed for web pages of this origin, or switched off"
    case 404: "the tenant, the database, the collection or the path does not exist"
    case 405: "the path has no such method; no body"
    case 408: "the body came too slowly"
    case 409: "the name is taken"
    case 413: "the body is too large"
    case 415: "the body is not said to be JSON"
    case 422: "a field is missing or has another type"
    case 429: "too many writes wait; not applied, try again after Retry-After"
    case 500: "the server cannot read what is stored, or a query names ids that do not exist"
    case 501: "not implemented, as in Chroma's local server"
    case 502: "the bucket cannot be reached"
    case 503: "not ready or no memory for the body; not applied, try again after Retry-After"
    case 504: "the write may or may not have been applied"
    default: "answered"
    }
  }
}
