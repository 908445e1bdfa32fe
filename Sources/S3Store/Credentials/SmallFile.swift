import FoundationEssentials

/// Files with keys and tokens.
enum SmallFile {
  static let bytesMax = 1 << 20

  /// The text of a file, or nil if there is none.
  static func read(_ path: String) throws(CredentialsError) -> String? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CredentialsError(.refused, "cannot read \(path)")
    }
    guard data.count <= bytesMax, let text = String(validating: data, as: UTF8.self) else {
      throw CredentialsError(.refused, "\(path) is no text of at most \(bytesMax) bytes")
    }
    return text
  }

  /// The text of a file that must be there, without white space around it.
  static func token(_ path: String) throws(CredentialsError) -> String {
    guard let text = try read(path) else {
      throw CredentialsError(.refused, "there is no file \(path)")
    }
    let token = text.split(whereSeparator: \.isWhitespace)
    guard token.count == 1, let only = token.first else {
      throw CredentialsError(.refused, "\(path) does not hold exactly one token")
    }
    return String(only)
  }
}
