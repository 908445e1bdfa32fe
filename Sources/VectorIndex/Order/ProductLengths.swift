/// Whether vectors that are compared by inner product can be searched near where the query is.
enum ProductLengths {
  /// Beyond this part of their mean, lengths vary too much.
  private static let deviationMax = 0.2
  /// So many vectors tell how much lengths vary.
  static let sampleRows = 4096

  /// With lengths that vary much the nearest by inner product are long vectors, wherever they are.
  ///
  /// - Parameters:
  ///   - sample: Some of the vectors, less the centre.
  ///   - centre: The centre.
  /// - Returns: Whether they vary so much.
  static func vary(_ sample: VectorList, centre: [Float]) -> Bool {
    let lengths = (0..<sample.count).map { index in
      sample.withVector(index) { vector in
        zip(vector, centre).reduce(0.0) { sum, pair in
          let component = Double(pair.0) + Double(pair.1)
          return sum + component * component
        }.squareRoot()
      }
    }
    let mean = lengths.reduce(0, +) / Double(max(lengths.count, 1))
    let variance =
      lengths.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(lengths.count, 1))
    return variance.squareRoot() > deviationMax * mean
  }
}
