/// Why a store could not answer.
package struct ObjectStoreError: Error, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// The bucket does not exist. Does not mend itself.
    case noSuchBucket
    /// The keys are wrong, expired, or lack a permission. Does not mend itself.
    case accessDenied
    /// The request is wrong, or the store does not support it. Does not mend itself.
    case invalidRequest
    /// The store asks to slow down (503 SlowDown, 429).
    case throttled
    /// The store failed (5xx), or another create of this key was under way (409).
    case storeFailed
    /// No connection, a broken one, or no answer in time.
    case unreachable
    /// The answer could not be understood, was cut short or does not match its checksum.
    case damaged
    /// The caller's task was cancelled.
    case cancelled
  }

  package let code: Code
  /// In lower case, without a full stop, with the bucket's, key's and request's names.
  package let message: String
  /// False only where the request certainly changed nothing (it was never sent, or was refused before it was
  /// looked at); after a create for which this is true the slot must be read (rule S2).
  package let mayHaveBeenApplied: Bool
  /// The store's own code, such as `SlowDown`, and its id of the request.
  package let storeCode: String?
  package let requestID: String?

  package init(
    _ code: Code, _ message: String, mayHaveBeenApplied: Bool, storeCode: String? = nil,
    requestID: String? = nil
  ) {
    self.code = code
    self.message = message
    self.mayHaveBeenApplied = mayHaveBeenApplied
    self.storeCode = storeCode
    self.requestID = requestID
  }

  /// True if the same request may succeed later without anybody changing something.
  package var isTransient: Bool {
    switch code {
    case .throttled, .storeFailed, .unreachable, .damaged: true
    case .noSuchBucket, .accessDenied, .invalidRequest, .cancelled: false
    }
  }

  package var description: String { message }
}
