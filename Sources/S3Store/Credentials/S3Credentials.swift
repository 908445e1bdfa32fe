/// A pair of keys, temporary if it has a session token. Descriptions leave out the secrets.
package struct S3Credentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  package let accessKeyID: String
  package let secretAccessKey: String
  package let sessionToken: String?
  /// Seconds since 1970; nil for keys that last.
  package let expiresAt: Double?

  package init(
    accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil,
    expiresAt: Double? = nil
  ) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
    self.expiresAt = expiresAt
  }

  package var description: String { "access key \(accessKeyID)" }
  package var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}
