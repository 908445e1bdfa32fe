/// Why the probe did not pass.
package enum StoreProbeError: Error, Sendable, CustomStringConvertible {
  /// The store does something that Apus cannot live with; why, in the words of whoever runs the
  /// server.
  case refused(String)
  /// The store did not answer, which says nothing about what it can do.
  case store(ObjectStoreError)

  init(_ error: ObjectStoreError) {
    self =
      error.code == .invalidRequest
      ? .refused("this store refuses a request that Apus needs: \(error.message)") : .store(error)
  }

  package var description: String {
    switch self {
    case .refused(let reason): reason
    case .store(let error): error.description
    }
  }
}

/// What the probe found out about a store that passed.
package struct StoreProbeReport: Sendable, Equatable {
  /// An answer came without `Date`: rule S4 then asks for a confirmation after every answer.
  package var datesMissing = false
  /// An object came without `Last-Modified`: nothing can ever be told to be G old.
  package var lastModifiedMissing = false
  /// The largest distance between the `Date` of a create and the object's `Last-Modified`, less the
  /// time that the create took.
  package var dateDistance: Duration = .zero
  /// By the server's own clock.
  package var duration: Duration = .zero

  package init() {}

  mutating func merge(_ other: StoreProbeReport) {
    datesMissing = datesMissing || other.datesMissing
    lastModifiedMissing = lastModifiedMissing || other.lastModifiedMissing
    dateDistance = max(dateDistance, other.dateDistance)
  }

  mutating func note(date: StoreTime?) {
    if date == nil { datesMissing = true }
  }
}
