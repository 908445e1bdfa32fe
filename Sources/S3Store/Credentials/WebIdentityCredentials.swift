import NIOHTTP1
import ObjectStore

/// Keys for the role `AWS_ROLE_ARN`, which STS gives for the token in `AWS_WEB_IDENTITY_TOKEN_FILE`
/// (AssumeRoleWithWebIdentity), as in Kubernetes with roles for service accounts.
///
/// `AWS_ENDPOINT_URL_STS` names another service than that of `AWS_REGION`.
package struct WebIdentityCredentials: CredentialsProvider {
  private let environment: [String: String]

  package init(environment: [String: String]) { self.environment = environment }

  package func credentials(
    using context: CredentialsContext
  ) async throws(CredentialsError) -> S3Credentials {
    guard let file = environment.nonEmpty("AWS_WEB_IDENTITY_TOKEN_FILE") else {
      throw CredentialsError(.absent, "AWS_WEB_IDENTITY_TOKEN_FILE is not set")
    }
    guard let role = environment.nonEmpty("AWS_ROLE_ARN") else {
      throw CredentialsError(.refused, "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not")
    }
    let form = Query([
      ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
      ("RoleSessionName", environment.nonEmpty("AWS_ROLE_SESSION_NAME") ?? "apus"),
      ("WebIdentityToken", try SmallFile.token(file)),
    ])
    let request = HTTPTransport.Request(
      method: .POST, url: try endpoint(),
      headers: [("content-type", "application/x-www-form-urlencoded; charset=utf-8")],
      body: Array(form.canonical.utf8)[...],
      deadline: HTTPTransport.Deadline(base: .seconds(10), bytesPerSecond: 1_000_000),
      answerBytesMax: CredentialsContext.answerBytesMax)
    return try Self.credentials(from: try await context.fetch(request, from: "sts"))
  }

  private func endpoint() throws(CredentialsError) -> String {
    if let given = environment.nonEmpty("AWS_ENDPOINT_URL_STS") { return given }
    guard
      let region = environment.nonEmpty("AWS_REGION")
        ?? environment.nonEmpty("AWS_DEFAULT_REGION")
    else { throw CredentialsError(.refused, "web identity needs AWS_REGION") }
    return "https://sts.\(region).\(Endpoint.domain(ofRegion: region))/"
  }

  private static func credentials(from xml: [UInt8]) throws(CredentialsError) -> S3Credentials {
    let root = try? XMLElement(parsing: xml)
    let answer = root?["AssumeRoleWithWebIdentityResult"]?["Credentials"]
    guard let answer, let id = answer["AccessKeyId"]?.text,
      let secret = answer["SecretAccessKey"]?.text, let token = answer["SessionToken"]?.text,
      let expiration = (answer["Expiration"]?.text).flatMap(DateParser.iso8601)
    else { throw CredentialsError(.unreachable, "sts answered without credentials") }
    return S3Credentials(
      accessKeyID: id, secretAccessKey: secret, sessionToken: token,
      expiresAt: Double(expiration.millisecondsSince1970) / 1000)
  }
}
