/// Things that happen at a moment of virtual time, earliest first; at the same moment in a random order.
struct EventQueue {
  struct Event {
    /// The node whose timer it is; nil for what goes on without any node (requests under way, ends of pauses).
    let node: Int?
    let fire: @Sendable () -> Void
    /// Called instead of `fire` when the sleeping task is cancelled.
    let cancel: (@Sendable () -> Void)?
  }

  private struct Entry {
    var time: Duration
    let tieBreak: UInt64
    let id: UInt64

    func isBefore(_ other: Entry) -> Bool {
      (time, tieBreak, id) < (other.time, other.tieBreak, other.id)
    }
  }

  /// A binary heap; it may still hold entries of events that are gone from `pending`.
  private var heap: [Entry] = []
  private var pending: [UInt64: Event] = [:]
  /// Timers of killed nodes: they never fire, but can be cancelled when the simulation is torn down.
  private var buried: [UInt64: Event] = [:]

  mutating func insert(_ event: Event, id: UInt64, at time: Duration, tieBreak: UInt64) {
    pending[id] = event
    heap.append(Entry(time: time, tieBreak: tieBreak, id: id))
    siftUp(heap.count - 1)
  }

  /// The time of the earliest event; nil if there is none.
  mutating func earliest() -> Duration? {
    while let first = heap.first, pending[first.id] == nil { removeFirst() }
    return heap.first?.time
  }

  mutating func popEarliest() -> Event? {
    guard earliest() != nil, let first = heap.first else { return nil }
    removeFirst()
    return pending.removeValue(forKey: first.id)
  }

  /// Takes the event out, whether its node lives or not; nil if it has fired or was never there.
  mutating func remove(_ id: UInt64) -> Event? {
    pending.removeValue(forKey: id) ?? buried.removeValue(forKey: id)
  }

  /// Takes the timers of `node` away for ever.
  mutating func bury(node: Int) {
    for entry in heap {
      guard let event = pending[entry.id], event.node == node else { continue }
      pending[entry.id] = nil
      buried[entry.id] = event
    }
  }

  /// Puts off the timers of `node`.
  mutating func shift(node: Int, by duration: Duration) {
    for index in heap.indices where pending[heap[index].id]?.node == node {
      heap[index].time += duration
    }
    for index in heap.indices { siftUp(index) }
  }

  /// Cancels every timer, and forgets everything else. The order is that of creation.
  mutating func removeAll() -> [Event] {
    let all = pending.merging(buried) { event, _ in event }
    self = EventQueue()
    return all.sorted { $0.key < $1.key }.map(\.value)
  }

  private mutating func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].isBefore(heap[least]) {
        least = child
      }
      guard least != parent else { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }

  private mutating func siftUp(_ start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].isBefore(heap[parent]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }
}
