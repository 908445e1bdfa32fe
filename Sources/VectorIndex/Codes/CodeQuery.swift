import CKernels
import Model

/// A query that was made ready for codes of one basis.
final class CodeQuery: Sendable {
  let isProduct: Bool
  let base: Float
  /// Of the coarse codes.
  let table: [UInt8]
  let slope: Float
  let offset: Float
  let spread: Float
  let tableVariance: Float
  /// Of the components in columns.
  let firstShare: Float
  let firstOffset: Float
  /// Of those of a glance.
  let glanceShare: Float
  let glanceOffset: Float
  /// Of the fine codes.
  let residual: [Float]
  let fineSlope: Float
  let fineSpread: Float
  /// The size of the numbers whose rounding the bounds do not know of.
  let magnitude: Float

  /// Squared lengths of a query's residual that leave room for everything that is computed from it.
  private static let safeSquares: ClosedRange<Double> = 1e-24...1e24
  /// So many at least: of fine codes they cost next to nothing.
  private static let fineDeviationsMin: Float = 3
  /// Of the largest number that an estimate is the sum of, or a distance in f32.
  static let roundingShare: Float = 4e-6

  /// Nil where the query's numbers are too large or too small for codes. Estimates are taken to be off by so many
  /// standard deviations at most.
  convenience init?(
    _ query: [Float], basis: CodeBasis, shape: CoarseShape, distance: Distance, deviations: Float,
    kernels: CodeKernels
  ) {
    let width = basis.rotation.width
    var residual = [Float](repeating: 0, count: width)
    var given = [Float](repeating: 0, count: query.count)
    let isKnown = query.withUnsafeBufferPointer { query in
      given.withUnsafeMutableBufferPointer {
        CodeBasis.encodable(query, isUnit: basis.isUnit, into: $0)
      }
    }
    var (square, product, length, centreLength) = (0.0, 0.0, 0.0, 0.0)
    for i in 0..<query.count {
      let (component, centre) = (Double(given[i]), Double(basis.centre[i]))
      let left = given[i] - basis.centre[i]
      residual[i] = left
      square += Double(left) * Double(left)
      product += component * centre
      length += component * component
      centreLength += centre * centre
    }
    let isSafe = [square, length, centreLength].allSatisfy {
      $0 == 0 || Self.safeSquares.contains($0)
    }
    guard isKnown, isSafe else { return nil }
    residual.withUnsafeMutableBufferPointer { basis.rotation.apply(to: $0, kernels: kernels) }

    let isProduct = Self.isProduct(distance)
    self.init(
      residual: residual, square: square, base: Float(isProduct ? 1 - product : square),
      magnitude: Float(isProduct ? 1 + (length * centreLength).squareRoot() : square),
      shape: shape, isProduct: isProduct, deviations: deviations, kernels: kernels)
  }

  /// Of a rotated residual with this squared length; `base` is what distances have in common, `magnitude` the size of the numbers that
  /// it was made of.
  init(
    residual: [Float], square: Double, base: Float, magnitude: Float, shape: CoarseShape,
    isProduct: Bool, deviations: Float, kernels: CodeKernels
  ) {
    let width = residual.count
    self.isProduct = isProduct
    self.base = base
    self.magnitude = magnitude
    let factor: Float = isProduct ? 1 : 2
    var terms = apus_table_terms()
    let tableBytes = kernels.tableBytes(shape)
    table = [UInt8](unsafeUninitializedCapacity: tableBytes) { table, initialized in
      kernels.table.make_table(residual, width, shape.firstWidth, table.baseAddress, &terms)
      initialized = tableBytes
    }
    let norm = Float(square.squareRoot())
    // Each component is rounded, which is off by up to half a unit, any of it as likely.
    let unit = terms.slope / 2
    tableVariance = square > 0 ? unit * unit * Float(width) / 12 / Float(square) : 0
    slope = factor * terms.slope
    offset = factor * terms.offset
    firstShare = terms.first_share
    firstOffset = factor * terms.first_offset
    glanceShare = terms.glance_share
    glanceOffset = factor * terms.glance_offset
    spread = factor * deviations * norm
    self.residual = residual
    fineSlope = factor
    // Whoever searches with so many that nothing is lost by chance must not lose it here.
    let fineDeviations = max(deviations, Self.fineDeviationsMin)
    fineSpread = factor * norm * fineDeviations / Float(width).squareRoot()
  }

  /// A vector without the basis's centre as a query that tells about how far rows are, with all components in columns: what all distances
  /// have in common is left out of products.
  convenience init(
    centred: [Float], basis: CodeBasis, isProduct: Bool, kernels: CodeKernels
  ) {
    let width = basis.rotation.width
    var residual = centred + [Float](repeating: 0, count: width - centred.count)
    let square = centred.reduce(0) { $0 + Double($1) * Double($1) }
    residual.withUnsafeMutableBufferPointer { basis.rotation.apply(to: $0, kernels: kernels) }
    self.init(
      residual: residual, square: square, base: isProduct ? 0 : Float(square),
      magnitude: Float(square), shape: CoarseShape(width: width), isProduct: isProduct,
      deviations: 0, kernels: kernels)
  }

  /// Whether distances of this kind are computed from products, or else from squares.
  static func isProduct(_ distance: Distance) -> Bool { distance != .l2 }

  /// Lower bounds above this are of no interest once a distance is known to be at most `bound`.
  func threshold(_ bound: Float) -> Float { Self.threshold(bound, magnitude: magnitude) }

  static func threshold(_ bound: Float, magnitude: Float) -> Float {
    // Of -infinity a share would be a NaN.
    guard bound < .greatestFiniteMagnitude else { return .infinity }
    guard bound > -.infinity else { return bound }
    return bound + roundingShare * (magnitude + abs(bound))
  }
}
