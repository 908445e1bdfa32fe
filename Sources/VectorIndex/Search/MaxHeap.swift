extension UnsafeMutableBufferPointer where Element: Comparable {
  /// Makes a heap, with the greatest element first, of elements in any order.
  func makeHeap() {
    for index in (0..<count / 2).reversed() { siftDown(self[index], from: index) }
  }

  /// Puts an element in place of the one at `index` of a heap, which it must not exceed, or is itself.
  func siftDown(_ element: Element, from index: Int) {
    var hole = index
    while true {
      var child = 2 * hole + 1
      guard child < count else { break }
      if child + 1 < count, self[child + 1] > self[child] { child += 1 }
      guard self[child] > element else { break }
      self[hole] = self[child]
      hole = child
    }
    self[hole] = element
  }
}
