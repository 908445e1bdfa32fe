import FoundationEssentials
import Model

/// A seeded generator; the seed is printed and can be given as APUS_SEED.
func seededSource(_ name: String) -> SeededRandomSource {
  let given = ProcessInfo.processInfo.environment["APUS_SEED"].flatMap { UInt64($0) }
  let seed = given ?? SystemRandomSource().next()
  print("\(name): APUS_SEED=\(seed)")
  return SeededRandomSource(seed: seed)
}
