/// The least `capacity` of the numbers offered so far: a max-heap once it is full, a plain list before.
struct LeastBounds: Sendable {
  private let capacity: Int
  private static let reservedMax = 256
  private var numbers: [Float] = []

  init(capacity: Int) { self.capacity = capacity }

  /// The greatest of them; infinite as long as there are not enough.
  private(set) var bound = Float.infinity

  /// Considers a number, which must not be NaN.
  mutating func offer(_ number: Float) {
    guard number < bound, capacity > 0 else { return }
    if numbers.count < capacity {
      // Step by step it would be allocated again and again.
      if numbers.isEmpty { numbers.reserveCapacity(min(capacity, Self.reservedMax)) }
      numbers.append(number)
      guard numbers.count == capacity else { return }
      numbers.withUnsafeMutableBufferPointer { $0.makeHeap() }
    } else {
      numbers.withUnsafeMutableBufferPointer { $0.siftDown(number, from: 0) }
    }
    bound = numbers[0]
  }
}
