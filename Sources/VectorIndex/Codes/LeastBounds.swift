/// The least `capacity` of the numbers offered so far: a max-heap once it is full, a plain list before.
struct LeastBounds: Sendable {
  private let capacity: Int
  private var numbers: [Float] = []

  init(capacity: Int) { self.capacity = capacity }

  /// The greatest of them; infinite as long as there are not enough.
  private(set) var bound = Float.infinity

  /// Considers a number, which must not be NaN.
  mutating func offer(_ number: Float) {
    guard number < bound, capacity > 0 else { return }
    if numbers.count < capacity {
      numbers.append(number)
      guard numbers.count == capacity else { return }
      for index in (0..<capacity / 2).reversed() { siftDown(numbers[index], from: index) }
    } else {
      siftDown(number, from: 0)
    }
    bound = numbers[0]
  }

  private mutating func siftDown(_ number: Float, from index: Int) {
    numbers.withUnsafeMutableBufferPointer { numbers in
      var hole = index
      while true {
        var child = 2 * hole + 1
        guard child < numbers.count else { break }
        if child + 1 < numbers.count, numbers[child + 1] > numbers[child] { child += 1 }
        guard numbers[child] > number else { break }
        numbers[hole] = numbers[child]
        hole = child
      }
      numbers[hole] = number
    }
  }
}
