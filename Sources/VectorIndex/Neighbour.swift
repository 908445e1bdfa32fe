/// A row and how far it is from the query.
package struct Neighbour: Hashable, Sendable {
  package let row: Int
  package let distance: Float

  package init(row: Int, distance: Float) {
    self.row = row
    self.distance = distance
  }
}
