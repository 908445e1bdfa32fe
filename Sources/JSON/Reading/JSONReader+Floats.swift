extension JSONReader {
  /// Reads an array of numbers and appends them to `floats`; returns how many.
  ///
  /// Each is what serde makes of it as `f32`: the nearest double, then the nearest float, infinite where
  /// that is beyond the range (the caller's to reject). On an error `floats` holds those before it, so that
  /// its count gives the index of the offending element.
  package mutating func floats(
    into floats: inout [Float], expected: String = "f32"
  ) throws(JSONError) -> Int {
    try beginArray()
    let before = floats.count
    if try appendFloats(to: &floats) { throw invalidType(expected: expected) }
    remainingDepth += 1
    return floats.count - before
  }

  /// One number as a float, by the same rule.
  package mutating func float(expected: String = "f32") throws(JSONError) -> Float {
    guard try peek() == .number else { throw invalidType(expected: expected) }
    let powers = PowersOfTen.exact
    return try scan { (scanner) throws(Fault) -> Float in
      let decimal = try scanner.decimal()
      return try powers.withUnsafeBufferPointer { (powers) throws(Fault) -> Float in
        try scanner.float(decimal, powers.baseAddress.unsafelyUnwrapped)
      }
    }
  }

  /// Appends numbers until the array ends, which it leaves (false), or something else comes (true).
  private mutating func appendFloats(to floats: inout [Float]) throws(JSONError) -> Bool {
    isFirst = false
    let powers = PowersOfTen.exact
    return try scan { (scanner) throws(Fault) -> Bool in
      try powers.withUnsafeBufferPointer { (powers) throws(Fault) -> Bool in
        let powers = powers.baseAddress.unsafelyUnwrapped
        return try Self.appendFloats(to: &floats, from: &scanner, powers)
      }
    }
  }

  private static func appendFloats(
    to floats: inout [Float], from scanner: inout Scanner, _ powers: UnsafePointer<Double>
  ) throws(Fault) -> Bool {
    let result = withUnsafeTemporaryAllocation(of: Float.self, capacity: floatsAtOnce) { room in
      var count = 0
      // Some at a time: each append looks whether the array is shared and has room.
      func put(_ float: Float) {
        room[count] = float
        count += 1
        if count == floatsAtOnce { flush() }
      }
      func flush() {
        floats.append(contentsOf: room[..<count])
        count = 0
      }
      defer { flush() }
      return Result { () throws(Fault) -> Bool in
        var first = true
        while try scanner.nextElement(first) {
          first = false
          var isAtElement = true
          while isAtElement, let float = scanner.shortFloat(powers) {
            put(float)
            isAtElement = scanner.skipCommaBeforeNumber()
          }
          guard isAtElement else { continue }
          let byte = scanner.current
          guard Byte.isDigit(byte) || byte == Byte.minus else { return true }
          let decimal = try scanner.decimal()
          put(try scanner.float(decimal, powers))
        }
        return false
      }
    }
    return try result.get()
  }

  private static let floatsAtOnce = 256
}
