package import Engine
import HTTPTypes
package import Model

/// What a request was about, where Chroma words one and the same failure in different ways.
package enum Operation {
  case getDatabase
  case deleteDatabase
  case createCollection(database: Text)
  case collectionByID
  case sync
  case other
}

extension APIError {
  /// The one place where a failure of the engine becomes a status and a text.
  package init(_ error: EngineError, during operation: Operation = .other) {
    switch error {
    case .tenantNotFound(let tenant):
      if case .createCollection(let database) = operation {
        self = .invalid("Database [\(database.quoted)] does not exist")
      } else {
        self = .notFound("Tenant [\(tenant.quoted)] not found")
      }
    case .tenantExists(let tenant):
      self = .conflict("Tenant [\(tenant.quoted)] already exists")
    case .databaseNotFound(let database):
      switch operation {
      case .createCollection: self = .invalid("Database [\(database.quoted)] does not exist")
      case .deleteDatabase: self = .notFound("Database [\(database.quoted)] not found")
      default: self = .notFound("Database [\(database.quoted)] not found. Are you sure it exists?")
      }
    case .databaseExists(let database):
      self = .conflict("Database [\(database.quoted)] already exists")
    case .collectionNotFound(let name):
      self = .notFound("Collection [\(name.quoted)] does not exist")
    case .collectionIDNotFound(let id):
      if case .collectionByID = operation {
        self = .notFound("Collection [\(id)] does not exist")
      } else {
        self = .notFound("Collection [\(id)] does not exist.")
      }
    case .collectionExists(let name):
      self = .conflict("Collection [\(name.quoted)] already exists")
    case .dimensionMismatch(let expected, let got):
      self = .invalid("Collection expecting embedding with dimension of \(expected), got \(got)")
    case .invalidPattern(let text):
      // The spelling is Chroma's.
      self = .invalid("Regex syntax errror: \(text)")
    case .invalidArgument(let text):
      self = .invalid(text)
    case .positionAhead(let demanded, let head):
      self = .invalid(
        "log position \(demanded) does not exist yet: the collection's log ends at \(head)")
    case .unavailable(let text):
      if case .sync = operation {
        self = APIError(status: .badGateway, message: text)
      } else {
        self = APIError(status: .serviceUnavailable, message: text, retryAfter: 1)
      }
    case .overloaded(let text):
      self = APIError(status: .tooManyRequests, message: text, retryAfter: 1)
    case .outcomeUnknown(let text):
      self = APIError(
        status: .gatewayTimeout,
        message: """
          \(text); the write may or may not have been applied. Repeating it is safe, except for a \
          delete with where or limit, which may then delete further records
          """)
    case .damaged(let text):
      self = APIError(status: .internalServerError, name: .internal, message: text)
    case .newerFormat(let text):
      self = APIError(status: .serviceUnavailable, message: text)
    }
  }
}
