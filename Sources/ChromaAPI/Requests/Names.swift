package import Model

/// Chroma's rules for the names of databases and collections.
package enum NameRule {
  private static let lengths = 3...512

  /// What is wrong with the name, or nil.
  package static func complaint(_ name: Text) -> String? {
    let bytes = Array(name.string.utf8)
    guard let plus = bytes.firstIndex(of: UInt8(ascii: "+")) else {
      return plainComplaint(bytes, name)
    }
    guard bytes.count <= lengths.upperBound else {
      return "Expected a name containing 3-512 characters. Got: \(bytes.count)"
    }
    guard !bytes[(plus + 1)...].contains(UInt8(ascii: "+")) else {
      return "Expected a name to contain at most one topology:  Got two `+` characters."
    }
    for part in [Array(bytes[..<plus]), Array(bytes[(plus + 1)...])] {
      if let complaint = plainComplaint(part, Text(String(decoding: part, as: UTF8.self))) {
        return complaint
      }
    }
    return nil
  }

  private static func plainComplaint(_ bytes: [UInt8], _ name: Text) -> String? {
    guard lengths.contains(bytes.count), bytes.allSatisfy(isAllowed),
      let first = bytes.first, let last = bytes.last, isAlphanumeric(first), isAlphanumeric(last)
    else {
      return "Expected a name containing 3-512 characters from [a-zA-Z0-9._-], starting and "
        + "ending with a character in [a-zA-Z0-9]. Got: \(name.quoted)"
    }
    if zip(bytes, bytes.dropFirst()).contains(where: { $0 == point && $1 == point }) {
      return
        "Expected a name that does not contains two consecutive periods (..). Got \(name.quoted)"
    }
    if isIPv4(bytes) {
      return "Expected a name that is not a valid ip address. Got \(name.quoted)"
    }
    return nil
  }

  private static let point = UInt8(ascii: ".")

  private static func isAllowed(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || byte == point || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "-")
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: false
    }
  }

  /// Four decimal numbers up to 255 without leading zeros.
  private static func isIPv4(_ bytes: [UInt8]) -> Bool {
    let parts = bytes.split(separator: point, omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        let text = String(decoding: part, as: UTF8.self)
        guard let number = UInt8(text) else { return false }
        return number.description == text
      }
  }
}

extension Text {
  /// As an error quotes a name: whole, as Chroma does, unless it is far longer than any name may be.
  package var quoted: String {
    guard utf8Count > 1024 else { return string }
    return "\(string.prefix(200))... (\(utf8Count) bytes)"
  }
}

extension APIError {
  private static let tenantBytesMax = 512

  /// Chroma asks for three characters; the upper limit is Apus's, as tenants stay in the catalog.
  static func checkTenant(_ name: Text) throws(APIError) {
    guard name.string.unicodeScalars.prefix(3).count == 3 else {
      throw .validation(
        "name",
        "Validation error: length [{\"value\": String(\(rustQuoted(name))), \"min\": Number(3)}]")
    }
    guard name.utf8Count <= tenantBytesMax else {
      throw .validation(
        "name", "tenant name must have at most \(tenantBytesMax) bytes, got \(name.utf8Count)")
    }
  }

  /// As Rust's `{:?}` quotes a short text.
  private static func rustQuoted(_ text: Text) -> String {
    let escaped = text.string.flatMap { character in
      character == "\"" || character == "\\" ? ["\\", character] : [character]
    }
    return "\"" + String(escaped) + "\""
  }

  /// A database as a path names it; Chroma asks for nothing but the length, in bytes.
  static func checkDatabase(_ name: Text) throws(APIError) {
    guard name.utf8Count >= 3 else {
      throw .invalid("database name must be at least 3 characters")
    }
  }

  static func checkName(_ name: Text, field: String?) throws(APIError) {
    guard let complaint = NameRule.complaint(name) else { return }
    throw field.map { .validation($0, complaint) } ?? .invalid(complaint)
  }
}
