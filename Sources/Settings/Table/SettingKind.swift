/// What may be written as a setting's value.
package enum SettingKind: Sendable, Hashable {
  case text
  case path
  case boolean
  case host
  case port
  case bucketName
  case prefix
  case endpoint
  case origins
  /// Seconds, with at most three decimals, in this range.
  case seconds(ClosedRange<Int>)
  /// A whole number of bytes in this range.
  case bytes(ClosedRange<Int>)
  case oneOf([String])

  /// Completes "give ..." in an error and stands beside the variable in the documentation.
  package var expectation: String {
    switch self {
    case .text: "a text without spaces"
    case .path: "a path"
    case .boolean: "True or False"
    case .host: "an address to listen on, such as 127.0.0.1, 0.0.0.0 or ::1"
    case .port: "a port, a whole number from 0 to 65535"
    case .bucketName: "the bucket's name alone (3 characters or more), without s3:// and a key"
    case .prefix: "a key prefix such as vector_db/, without a slash at its beginning"
    case .endpoint: "a URL such as https://s3.example.com or http://127.0.0.1:9000"
    case .origins: "* or origins such as https://app.example.com, separated by commas"
    case .seconds(let range): "seconds, from \(range.lowerBound) to \(range.upperBound)"
    case .bytes(let range):
      "a whole number of bytes from \(range.lowerBound) to \(range.upperBound)"
    case .oneOf(let choices): choices.joined(separator: ", ")
    }
  }

  /// Names the value in a line of help, such as `--port <port>`.
  package var placeholder: String {
    switch self {
    case .text: "text"
    case .path: "path"
    case .boolean: "True|False"
    case .host: "address"
    case .port: "port"
    case .bucketName: "bucket"
    case .prefix: "prefix"
    case .endpoint: "url"
    case .origins: "origins"
    case .seconds: "seconds"
    case .bytes: "bytes"
    case .oneOf(let choices): choices.joined(separator: "|")
    }
  }
}
