import Model

/// Routes by what tells most of them apart: the number of a path's parts, and the last of these.
struct RouteIndex: Sendable {
  private struct Key: Hashable {
    let count: Int
    /// Nil where it is a parameter.
    let last: Text?

    init(count: Int, last: Text?) {
      self.count = count
      self.last = last
    }

    init(_ path: [PathPart]) {
      count = path.count
      if case .literal(let last) = path.last { self.last = last } else { last = nil }
    }
  }

  private var routes: [Key: [Route]] = [:]

  init(_ all: [Route]) {
    for route in all { routes[Key(route.path), default: []] = [] }
    // A path that ends in a fixed word also fits routes that end in a parameter.
    for key in routes.keys {
      routes[key] = all.filter { route in
        let other = Key(route.path)
        return other.count == key.count && (other.last == nil || other.last == key.last)
      }
    }
  }

  /// Those that may fit, in the order of the table.
  func candidates(for path: RequestPath) -> [Route] {
    let count = path.parts.count
    if let last = path.parts.last, let found = routes[Key(count: count, last: Text(String(last)))] {
      return found
    }
    return routes[Key(count: count, last: nil)] ?? []
  }
}
