/// The address of an S3 server: `http` or `https`, a host, perhaps a port and a path.
package struct EndpointURL: Sendable, Hashable, CustomStringConvertible {
  package enum Problem: Error, Sendable, Hashable, CustomStringConvertible {
    case noScheme
    case noHost
    case badHost
    case badPort
    case credentialsInside
    case queryOrFragment

    package var description: String {
      switch self {
      case .noScheme: "it must begin with http:// or https://"
      case .noHost: "the host is missing"
      case .badHost: "the host has a character that no host's name has"
      case .badPort: "the port must be a whole number from 1 to 65535"
      case .credentialsInside: "it has a name or a password in it"
      case .queryOrFragment: "it must not have a query or a fragment"
      }
    }
  }

  package let isSecure: Bool
  /// An IPv6 address keeps its brackets.
  package let host: String
  /// Nil for the scheme's own.
  package let port: Int?
  /// Empty, or beginning with "/" and not ending with it.
  package let path: String

  package init(parsing text: String) throws(Problem) {
    let lowered = text.lowercased()
    guard lowered.hasPrefix("http://") || lowered.hasPrefix("https://") else {
      throw text.contains("@") ? .credentialsInside : .noScheme
    }
    isSecure = lowered.hasPrefix("https://")
    let rest = text.dropFirst(isSecure ? 8 : 7)
    if rest.contains("@") { throw .credentialsInside }
    if rest.contains("?") || rest.contains("#") { throw .queryOrFragment }
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    (host, port) = try Self.authority(rest[..<slash])
    var path = String(rest[slash...])
    while path.hasSuffix("/") { path.removeLast() }
    self.path = path
  }

  private static func authority(_ text: Substring) throws(Problem) -> (String, Int?) {
    var hostEnd = text.endIndex
    if text.hasPrefix("[") {
      guard let bracket = text.firstIndex(of: "]") else { throw .badHost }
      hostEnd = text.index(after: bracket)
    } else if let colon = text.firstIndex(of: ":") {
      hostEnd = colon
    }
    let host = text[..<hostEnd]
    if host.isEmpty || host == "[]" { throw .noHost }
    let isHost = host.unicodeScalars.allSatisfy { scalar in
      scalar.properties.isAlphabetic && scalar.isASCII || ("0"..."9").contains(scalar)
        || ".-_".unicodeScalars.contains(scalar)
        || host.hasPrefix("[") && "[]:%".unicodeScalars.contains(scalar)
    }
    guard isHost else { throw .badHost }
    if hostEnd == text.endIndex { return (String(host), nil) }
    guard text[hostEnd] == ":", let port = wholeNumber(text[text.index(after: hostEnd)...]),
      (1...65_535).contains(port)
    else { throw .badPort }
    return (String(host), port)
  }

  package var description: String {
    "\(isSecure ? "https" : "http")://\(host)\(port.map { ":\($0)" } ?? "")\(path)"
  }
}
