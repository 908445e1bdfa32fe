/// The first source that is set up, in this order: keys in the environment, profile
/// files, a container's service, web identity, a machine's metadata service.
package struct CredentialsChain: CredentialsProvider {
  private let providers: [(name: String, provider: any CredentialsProvider)]

  /// - Parameter environment: environment variables; nothing is read from the process itself.
  package init(environment: [String: String]) {
    providers = [
      ("environment", EnvironmentCredentials(environment: environment)),
      ("profile", ProfileCredentials(environment: environment)),
      ("container", ContainerCredentials(environment: environment)),
      ("web identity", WebIdentityCredentials(environment: environment)),
      ("instance metadata", InstanceCredentials(environment: environment)),
    ]
  }

  package func credentials(
    using context: CredentialsContext
  ) async throws(CredentialsError) -> S3Credentials {
    var reasons: [String] = []
    for (name, provider) in providers {
      do {
        return try await provider.credentials(using: context)
      } catch {
        guard error.code == .absent else { throw error }
        reasons.append("\(name): \(error)")
      }
    }
    throw CredentialsError(
      .refused,
      "no credentials found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY ("
        + reasons.joined(separator: "; ") + ")")
  }
}
