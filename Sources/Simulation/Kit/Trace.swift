/// What happened in a simulation: a hash of all of it, and the last events in words.
struct Trace {
  private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  private var events: [TraceEvent] = []
  private var oldest = 0
  private let capacity: Int

  init(capacity: Int) { self.capacity = capacity }

  mutating func add(_ word: UInt64) {
    // The finalizer of SplitMix64: order and value of every word count.
    var z = (hash ^ word) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    hash = z ^ z >> 31
  }

  mutating func add(_ event: TraceEvent) {
    add(event.time.nanoseconds)
    add(stableHash(event.what))
    add(stableHash(event.subject))
    guard capacity > 0 else { return }
    if events.count < capacity {
      events.append(event)
    } else {
      events[oldest] = event
      oldest = (oldest + 1) % capacity
    }
  }

  /// The last events, oldest first.
  var lastEvents: [TraceEvent] { Array(events[oldest...] + events[..<oldest]) }
}

/// One line of a simulation's log.
package struct TraceEvent: Sendable, CustomStringConvertible {
  package let time: Duration
  package let node: String
  package let what: String
  package let subject: String

  package var description: String {
    let microseconds = time.nanoseconds / 1000
    let fraction = String(microseconds % 1_000_000 + 1_000_000).dropFirst()
    return "\(microseconds / 1_000_000).\(fraction)  \(node)  \(what)  \(subject)"
  }
}

/// FNV-1a of the UTF-8 bytes: the same in every process, unlike `Hasher`.
func stableHash(_ string: String) -> UInt64 {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in string.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
  return hash
}

extension Duration {
  /// Whole nanoseconds of a duration that is not negative and shorter than 500 years.
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    return UInt64(truncatingIfNeeded: seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000)
  }
}
