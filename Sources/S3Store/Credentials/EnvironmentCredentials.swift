/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary keys, `AWS_SESSION_TOKEN`.
package struct EnvironmentCredentials: CredentialsProvider {
  private let environment: [String: String]

  package init(environment: [String: String]) { self.environment = environment }

  package func credentials(
    using context: CredentialsContext
  ) async throws(CredentialsError) -> S3Credentials {
    let id = environment.nonEmpty("AWS_ACCESS_KEY_ID")
    let secret = environment.nonEmpty("AWS_SECRET_ACCESS_KEY")
    switch (id, secret) {
    case (let id?, let secret?):
      return S3Credentials(
        accessKeyID: id, secretAccessKey: secret,
        sessionToken: environment.nonEmpty("AWS_SESSION_TOKEN"))
    case (nil, nil):
      throw CredentialsError(.absent, "AWS_ACCESS_KEY_ID is not set")
    case (nil, _):
      throw CredentialsError(.refused, "AWS_SECRET_ACCESS_KEY is set, AWS_ACCESS_KEY_ID is not")
    case (_, nil):
      throw CredentialsError(.refused, "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not")
    }
  }
}

/// Given keys that last.
package struct FixedCredentials: CredentialsProvider {
  private let fixed: S3Credentials

  package init(_ credentials: S3Credentials) { fixed = credentials }

  package func credentials(
    using context: CredentialsContext
  ) async throws(CredentialsError) -> S3Credentials { fixed }
}

extension [String: String] {
  /// The value of a variable; nil also where it is empty, which means the same.
  func nonEmpty(_ name: String) -> String? {
    guard let value = self[name], !value.isEmpty else { return nil }
    return value
  }
}
