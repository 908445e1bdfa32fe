import NIOHTTP1

/// Keys of the role of an EC2 machine, from its metadata service (IMDSv2).
///
/// `AWS_EC2_METADATA_DISABLED=true` turns it off, `AWS_EC2_METADATA_SERVICE_ENDPOINT` names another service.
package struct InstanceCredentials: CredentialsProvider {
  private let environment: [String: String]

  package init(environment: [String: String]) { self.environment = environment }

  private static let source = "the machine's metadata service"
  private static let rolesPath = "/latest/meta-data/iam/security-credentials/"

  package func credentials(
    using context: CredentialsContext
  ) async throws(CredentialsError) -> S3Credentials {
    guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else {
      throw CredentialsError(.absent, "AWS_EC2_METADATA_DISABLED is true")
    }
    let token = try await token(using: context)
    let roles = try await get(Self.rolesPath, token: token, using: context)
    let names = String(decoding: roles, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard let role = names.first else {
      throw CredentialsError(.absent, "the machine has no role")
    }
    let path = Self.rolesPath + PercentEncoding.encode(String(role))
    return try MetadataAnswer.credentials(
      from: try await get(path, token: token, using: context), of: Self.source)
  }

  private func token(
    using context: CredentialsContext
  ) async throws(CredentialsError) -> String {
    var request = request(.PUT, "/latest/api/token")
    request.headers = [("x-amz-ec2-metadata-token-ttl-seconds", "21600")]
    do {
      return String(
        decoding: try await context.fetch(request, from: Self.source), as: UTF8.self)
    } catch {
      // Most machines have no such service.
      throw error.code == .cancelled ? error : CredentialsError(.absent, error.description)
    }
  }

  private func get(
    _ path: String, token: String, using context: CredentialsContext
  ) async throws(CredentialsError) -> [UInt8] {
    var request = request(.GET, path)
    request.headers = [("x-aws-ec2-metadata-token", token)]
    return try await context.fetch(request, from: Self.source)
  }

  private func request(_ method: HTTPMethod, _ path: String) -> HTTPTransport.Request {
    var base =
      environment.nonEmpty("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254"
    if base.hasSuffix("/") { base.removeLast() }
    return HTTPTransport.Request(
      method: method, url: base + path,
      deadline: HTTPTransport.Deadline(base: .seconds(1), bytesPerSecond: 1_000_000),
      answerBytesMax: CredentialsContext.answerBytesMax)
  }
}
