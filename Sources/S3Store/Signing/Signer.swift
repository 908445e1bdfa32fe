import Crypto
import FoundationEssentials
import Synchronization

/// AWS Signature Version 4 in the `Authorization` header, over a payload whose SHA-256 is known
/// (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
package final class Signer: Sendable {
  /// A request as it is sent: `path` encoded, `query` in canonical form, header names in lower case.
  package struct Request {
    package let method: String
    package let path: String
    package let query: String
    package let headers: [(name: String, value: String)]
    /// SHA-256 of the body in hexadecimal digits.
    package let payloadHash: String

    package init(
      method: String, path: String, query: String, headers: [(name: String, value: String)],
      payloadHash: String
    ) {
      self.method = method
      self.path = path
      self.query = query
      self.headers = headers
      self.payloadHash = payloadHash
    }
  }

  private struct DayKey {
    let secret: String
    let date: String
    let key: SymmetricKey
  }

  private let region: String
  private let service: String
  /// The key of one day, which only changes with the date and the secret.
  private let cachedKey = Mutex<DayKey?>(nil)

  package init(region: String, service: String = "s3") {
    self.region = region
    self.service = service
  }

  /// The value of `Authorization`. All headers are signed; they must contain `host` and `x-amz-date`.
  package func authorization(
    for request: Request, by credentials: S3Credentials, at time: CivilTime
  ) -> String {
    let headers = request.headers.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    let signedNames = headers.map(\.name).joined(separator: ";")
    let canonicalHeaders = headers.map { "\($0.name):\(Self.trimmed($0.value))\n" }.joined()
    let canonicalRequest = [
      request.method, request.path, request.query, canonicalHeaders, signedNames,
      request.payloadHash,
    ].joined(separator: "\n")

    let scope = "\(time.basicDate)/\(region)/\(service)/aws4_request"
    let hash = Self.hash(Array(canonicalRequest.utf8)[...])
    let stringToSign = "AWS4-HMAC-SHA256\n\(time.basic)\n\(scope)\n\(hash)"
    let key = dayKey(secret: credentials.secretAccessKey, date: time.basicDate)
    let signature = Hex.string(Self.mac(stringToSign, key))
    return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope),"
      + "SignedHeaders=\(signedNames),Signature=\(signature)"
  }

  /// SHA-256 in hexadecimal digits.
  package static func hash(_ bytes: ArraySlice<UInt8>) -> String {
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
    return Hex.string(hash.finalize())
  }

  private func dayKey(secret: String, date: String) -> SymmetricKey {
    cachedKey.withLock { cached in
      if let cached, cached.date == date, cached.secret == secret { return cached.key }
      var key = SymmetricKey(data: Array("AWS4\(secret)".utf8))
      for part in [date, region, service, "aws4_request"] {
        key = SymmetricKey(data: Self.mac(part, key))
      }
      cached = DayKey(secret: secret, date: date, key: key)
      return key
    }
  }

  private static func mac(_ text: String, _ key: SymmetricKey) -> HMAC<SHA256>.MAC {
    HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
  }

  /// Without spaces at the ends, and with single ones inside.
  private static func trimmed(_ value: String) -> String {
    value.split(separator: " ").joined(separator: " ")
  }
}
