/// Where a service is: scheme, host, port and the path below which it answers.
package struct Endpoint: Sendable, Hashable {
  package let isSecure: Bool
  /// An IPv6 address stands in brackets.
  package let host: String
  /// Nil for the scheme's own port.
  package let port: Int?
  /// As it is in the URL, without a slash at its end; empty for none.
  package let path: String

  /// Nil if this is no `http` or `https` URL, or if it has a user, a query or a fragment.
  package init?(_ url: String) {
    let schemes = ["http://": false, "https://": true]
    let scheme = schemes.first { url.lowercased().hasPrefix($0.key) }
    guard let scheme else { return nil }
    isSecure = scheme.value
    let rest = url.dropFirst(scheme.key.count)
    guard rest.utf8.allSatisfy({ (0x21...0x7e).contains($0) && !Self.refused.contains($0) }) else {
      return nil
    }
    let authority = rest.prefix { $0 != "/" }
    var path = rest.dropFirst(authority.count)
    while path.hasSuffix("/") { path.removeLast() }
    self.path = String(path)

    let hostEnd =
      authority.hasPrefix("[")
      ? authority.firstIndex(of: "]").map { authority.index(after: $0) }
      : authority.firstIndex(of: ":") ?? authority.endIndex
    guard let hostEnd, hostEnd > authority.startIndex else { return nil }
    host = authority[..<hostEnd].lowercased()
    let portText = authority[hostEnd...]
    if portText.isEmpty {
      port = nil
    } else {
      guard portText.hasPrefix(":"), let number = UInt16(portText.dropFirst()), number > 0 else {
        return nil
      }
      port = Int(number) == (isSecure ? 443 : 80) ? nil : Int(number)
    }
  }

  private static let refused = Set("@?#\\\"<>".utf8)

  /// AWS's own endpoint of a region.
  package static func aws(region: String) -> String {
    "https://s3.\(region).\(domain(ofRegion: region))"
  }

  package static func domain(ofRegion region: String) -> String {
    region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
  }
}

/// The URLs of a bucket and its objects.
package struct BucketAddress: Sendable {
  private let scheme: String
  /// The value of `Host`.
  package let host: String
  private let base: String

  package init(endpoint: Endpoint, bucket: String, pathStyle: Bool) {
    scheme = endpoint.isSecure ? "https" : "http"
    let authority = endpoint.host + (endpoint.port.map { ":\($0)" } ?? "")
    host = pathStyle ? authority : "\(bucket).\(authority)"
    base = endpoint.path + (pathStyle ? "/" + PercentEncoding.encode(bucket) : "")
  }

  /// The encoded path of an object, or of the bucket itself.
  package func path(of key: String?) -> String {
    guard let key else { return base.isEmpty ? "/" : base }
    return base + "/" + PercentEncoding.encode(key, keepingSlashes: true)
  }

  package func url(path: String, query: Query) -> String {
    "\(scheme)://\(host)\(path)\(query.inURL)"
  }
}
