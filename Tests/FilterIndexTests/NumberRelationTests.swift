import Testing
@testable import FilterIndex
