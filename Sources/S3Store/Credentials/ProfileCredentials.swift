/// Keys in `~/.aws/credentials` or `~/.aws/config`, in the profile `AWS_PROFILE` or `default`.
///
/// `AWS_SHARED_CREDENTIALS_FILE` and `AWS_CONFIG_FILE` name other files. Profiles that assume a role, run a
/// process or use single sign-on are refused by name.
package struct ProfileCredentials: CredentialsProvider {
  private let environment: [String: String]

  package init(environment: [String: String]) { self.environment = environment }

  package func credentials(
    using context: CredentialsContext
  ) async throws(CredentialsError) -> S3Credentials {
    let chosen = environment.nonEmpty("AWS_PROFILE")
    let profile = chosen ?? "default"
    let keys = try read("AWS_SHARED_CREDENTIALS_FILE", "credentials", sections: [profile])
    let settings = try read(
      "AWS_CONFIG_FILE", "config",
      sections: profile == "default" ? ["default", "profile default"] : ["profile \(profile)"])
    // Where both files have a key, the credentials file wins.
    let values = (settings ?? [:]).merging(keys ?? [:]) { _, key in key }

    if let id = values.nonEmpty("aws_access_key_id") {
      guard let secret = values.nonEmpty("aws_secret_access_key") else {
        throw CredentialsError(
          .refused, "profile '\(profile)' has aws_access_key_id but no aws_secret_access_key")
      }
      return S3Credentials(
        accessKeyID: id, secretAccessKey: secret,
        sessionToken: values.nonEmpty("aws_session_token"))
    }
    for unsupported in ["role_arn", "credential_process", "sso_session", "sso_start_url"]
    where values.nonEmpty(unsupported) != nil {
      throw CredentialsError(
        .refused, "profile '\(profile)' uses \(unsupported), which is not supported; set its keys")
    }
    guard chosen != nil else { throw CredentialsError(.absent, "no profile 'default' with keys") }
    throw CredentialsError(.refused, "AWS_PROFILE is '\(profile)', which has no keys")
  }

  /// The values of the given sections of a file; nil if there is no such file or no such section.
  private func read(
    _ variable: String, _ name: String, sections: [String]
  ) throws(CredentialsError) -> [String: String]? {
    let path: String
    if let given = environment.nonEmpty(variable) {
      path = given
    } else if let home = environment.nonEmpty("HOME") {
      path = "\(home)/.aws/\(name)"
    } else {
      return nil
    }
    guard let text = try SmallFile.read(path) else { return nil }
    let profiles = ProfileFile(parsing: text)
    return sections.compactMap { profiles.sections[$0] }.first
  }
}

/// AWS's profile files: `[section]` lines, `name = value` lines, comments from `#` or `;` on.
package struct ProfileFile {
  package private(set) var sections: [String: [String: String]] = [:]

  package init(parsing text: String) {
    var section: String?
    for line in text.split(whereSeparator: \.isNewline) {
      let isIndented = line.first.map { $0 == " " || $0 == "\t" } ?? false
      let content = Self.trimmed(line)
      guard let first = content.first, first != "#", first != ";" else { continue }
      if first == "[" {
        let name = content.dropFirst().prefix { $0 != "]" }
        section = name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        continue
      }
      // An indented line belongs to a nested setting, of which none is a key.
      guard !isIndented, let section, let equals = content.firstIndex(of: "=") else { continue }
      let name = Self.trimmed(content[..<equals]).lowercased()
      let value = Self.withoutComment(content[content.index(after: equals)...])
      sections[section, default: [:]][name] = value
    }
  }

  /// A comment after a value begins with white space.
  private static func withoutComment(_ value: Substring) -> String {
    var end = value.endIndex
    var previous: Character = "="
    for index in value.indices {
      let character = value[index]
      if character == "#" || character == ";", previous == " " || previous == "\t" {
        end = index
        break
      }
      previous = character
    }
    return String(trimmed(value[..<end]))
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let start = text.drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return start[...last]
  }
}
