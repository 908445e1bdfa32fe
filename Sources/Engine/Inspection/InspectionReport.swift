package import Model

/// What is in a bucket, and what is wrong with it.
package struct InspectionReport: Sendable {
  package struct Collection: Sendable {
    package var id: UniqueID
    /// Nil for one that was deleted.
    package var name: Text?
    package var tenant: Text?
    package var database: Text?
    package var records = 0
    package var segments = 0
    package var segmentBytes = 0
    /// Log entries in the bucket, those included that a manifest covers already.
    package var entries = 0
    package var entryBytes = 0
    package var manifests = 0
    package var emptiedManifests = 0
    /// Time since its oldest object but for manifests was written; nil where there is none.
    package var oldestAge: Duration?

    package var bytes: Int { segmentBytes + entryBytes }
  }

  /// What is below ids that the catalog does not know any more.
  package struct Forgotten: Sendable {
    package var collections = 0
    /// Objects but for manifests, which stay for ever: what servers wrote that had slept.
    package var orphans = 0
    package var orphanBytes = 0
  }

  package var grace: Duration?
  package var catalog = Collection(id: .zero)
  /// Ascending by id.
  package var collections: [Collection] = []
  package var forgotten = Forgotten()
  /// Each names an object and says what is wrong with it.
  package var problems: [String] = []

  package init() {}
}
