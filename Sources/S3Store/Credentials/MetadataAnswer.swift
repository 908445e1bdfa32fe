import FoundationEssentials
import ObjectStore

/// The JSON with which a container's and a machine's metadata services answer.
struct MetadataAnswer: Decodable {
  let accessKeyID: String
  let secretAccessKey: String
  let token: String?
  let expiration: String?

  private enum CodingKeys: String, CodingKey {
    case accessKeyID = "AccessKeyId"
    case secretAccessKey = "SecretAccessKey"
    case token = "Token"
    case expiration = "Expiration"
  }

  static func credentials(
    from json: [UInt8], of source: String
  ) throws(CredentialsError) -> S3Credentials {
    let answer: MetadataAnswer
    do {
      answer = try JSONDecoder().decode(MetadataAnswer.self, from: Data(json))
    } catch {
      // The decoder's own message could quote a key.
      throw CredentialsError(
        .unreachable, "\(source) answered without AccessKeyId and SecretAccessKey")
    }
    let expiresAt = answer.expiration.flatMap(DateParser.iso8601)
    if let expiration = answer.expiration, expiresAt == nil {
      throw CredentialsError(.unreachable, "\(source) answered with the expiration '\(expiration)'")
    }
    return S3Credentials(
      accessKeyID: answer.accessKeyID, secretAccessKey: answer.secretAccessKey,
      sessionToken: answer.token,
      expiresAt: expiresAt.map { Double($0.millisecondsSince1970) / 1000 })
  }
}
