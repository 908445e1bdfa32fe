/// How far apart two vectors are; smaller is nearer.
package enum Distance: UInt8, Hashable, Sendable {
  /// The squared Euclidean distance: sum of (a - b)^2.
  case l2 = 0
  /// 1 - a.b / (|a| |b|); a vector of length zero is at distance 1 from everything.
  case cosine = 1
  /// 1 - a.b; may be negative.
  case innerProduct = 2
}
