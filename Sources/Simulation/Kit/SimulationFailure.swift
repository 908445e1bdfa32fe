/// Why a simulation could not be run to where it should go.
package struct SimulationFailure: Error, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// No job, no timer and no request is left, and what was waited for has not come.
    case stuck
    /// What was waited for has not come within the given virtual time.
    case timeLimit
    /// Too many jobs ran without virtual time going on: something spins.
    case livelock
    /// A task of a living node threw.
    case taskFailed
    /// Code under test left the simulation's thread (an unstructured task, a foreign executor).
    case leftSimulation
    /// What the servers did contradicts a promise or a safety rule.
    case invariant
    /// It was not found out whether a promise was kept.
    case undecided
    /// The same seed gave two traces.
    case notDeterministic
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
