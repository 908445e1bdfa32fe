/// What a `MeteredStore` has counted since it was made.
package struct StoreMetrics: Sendable, Hashable {
  package struct Operation: Sendable, Hashable {
    /// Calls that have ended, with an answer or an error. A put in several parts is one call.
    package var calls = 0
    package var errors = 0
    package var errorsByCode: [ObjectStoreError.Code: Int] = [:]
    /// Gets without an object, creates that found one.
    package var misses = 0
    /// Objects listed or deleted.
    package var keys = 0
    /// Bytes of bodies, without headers; also of calls that failed.
    package var bytesSent = 0
    /// Bytes of bodies, without headers.
    package var bytesReceived = 0
    package var timeSum: Duration = .zero
    package var timeMax: Duration = .zero

    package init() {}
  }

  package var get = Operation()
  package var create = Operation()
  package var put = Operation()
  package var list = Operation()
  /// Deletes of one key and of many.
  package var delete = Operation()
  /// Calls that have begun and not ended.
  package var inFlight = 0
  /// Calls that have begun, by what they were for.
  package var requests = RequestCounts()

  package init() {}

  /// Each operation with its name, in a fixed order.
  package var operations: [(name: String, counts: Operation)] {
    [("get", get), ("create", create), ("put", put), ("list", list), ("delete", delete)]
  }
}
