/// The values that name a place: a bucket, a prefix, a URL, an address.
extension ValueReader {
  /// S3's naming rules, widened by what other servers take: letters, digits, `.`, `-` and `_`.
  func bucketName(_ setting: Setting) throws(SettingsError) -> String? {
    guard let text = try text(setting) else { return nil }
    let isName = text.utf8.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
    guard isName, (3...255).contains(text.utf8.count), !text.hasPrefix("."), !text.contains("..")
    else { throw problem(setting, text) }
    return text
  }

  /// Empty, or ending in "/".
  func prefix(_ setting: Setting) throws(SettingsError) -> String {
    guard let text = try text(setting), !text.isEmpty else { return "" }
    let segments = text.split(separator: "/", omittingEmptySubsequences: false)
    let inner = segments.last == "" ? segments.dropLast() : segments[...]
    guard text.utf8.count <= Self.prefixByteCountMax,
      inner.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." })
    else { throw problem(setting, text) }
    return text.hasSuffix("/") ? text : text + "/"
  }

  /// S3's keys have at most 1,024 bytes, and what stands behind the prefix needs about 100.
  static var prefixByteCountMax: Int { 512 }

  func host(_ setting: Setting) throws(SettingsError) -> String? {
    guard let text = try text(setting) else { return nil }
    let bare =
      text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
    let colons = bare.utf8.count { $0 == UInt8(ascii: ":") }
    let isHost = bare.utf8.allSatisfy { isLetterOrDigit($0) || ".-:%_".utf8.contains($0) }
    guard !bare.isEmpty, isHost else { throw problem(setting, text) }
    guard colons != 1 else {
      throw problem(setting, text, hint: "; the port belongs into APUS_PORT")
    }
    return bare
  }

  /// `*` or origins as browsers send them: a scheme and a host, without a path.
  func origins(_ setting: Setting) throws(SettingsError) -> [String] {
    guard let text = sources.text(setting) else { return [] }
    return try text.split(separator: ",").map { part throws(SettingsError) in
      let origin = part.filter { $0 != " " }
      if origin == "*" { return origin }
      let endpoint: EndpointURL
      do { endpoint = try EndpointURL(parsing: origin) } catch { throw problem(setting, text) }
      guard endpoint.path.isEmpty, !origin.hasSuffix("/") else { throw problem(setting, text) }
      return origin
    }
  }

  /// A URL without a name, a password, a query or a fragment.
  func endpoint(_ setting: Setting) throws(SettingsError) -> EndpointURL? {
    guard let text = try text(setting) else { return nil }
    do {
      return try EndpointURL(parsing: text)
    } catch .credentialsInside {
      throw SettingsError(
        variable: setting.name,
        """
        \(described(setting, nil)): it has a name or a password in it (not shown here); give \
        credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
        """)
    } catch {
      throw problem(setting, text, hint: "; \(error)")
    }
  }
}

private func isLetterOrDigit(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"):
    true
  default: false
  }
}
