import NIOHTTP1

/// Keys from the service that ECS, EKS and the like run beside a container
/// (`AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, `AWS_CONTAINER_CREDENTIALS_FULL_URI`).
package struct ContainerCredentials: CredentialsProvider {
  private let environment: [String: String]

  package init(environment: [String: String]) { self.environment = environment }

  package func credentials(
    using context: CredentialsContext
  ) async throws(CredentialsError) -> S3Credentials {
    var request = HTTPTransport.Request(
      method: .GET, url: try url(),
      deadline: HTTPTransport.Deadline(base: .seconds(5), bytesPerSecond: 1_000_000),
      answerBytesMax: CredentialsContext.answerBytesMax)
    request.headers.append(("accept", "application/json"))
    if let file = environment.nonEmpty("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
      request.headers.append(("authorization", try SmallFile.token(file)))
    } else if let token = environment.nonEmpty("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
      request.headers.append(("authorization", token))
    }
    let source = "the container's credentials service"
    return try MetadataAnswer.credentials(
      from: try await context.fetch(request, from: source), of: source)
  }

  private func url() throws(CredentialsError) -> String {
    if let path = environment.nonEmpty("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
      guard path.hasPrefix("/") else {
        throw CredentialsError(
          .refused, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with a slash")
      }
      return "http://169.254.170.2\(path)"
    }
    guard let url = environment.nonEmpty("AWS_CONTAINER_CREDENTIALS_FULL_URI") else {
      throw CredentialsError(.absent, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set")
    }
    guard let endpoint = Endpoint(url) else {
      throw CredentialsError(.refused, "AWS_CONTAINER_CREDENTIALS_FULL_URI is no http or https URL")
    }
    // Without TLS the keys must not leave the machine.
    guard endpoint.isSecure || Self.localHosts.contains(endpoint.host) else {
      throw CredentialsError(
        .refused, "AWS_CONTAINER_CREDENTIALS_FULL_URI names \(endpoint.host) without https")
    }
    return url
  }

  private static let localHosts: Set<String> = [
    "localhost", "127.0.0.1", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]",
  ]
}
