package import Engine

extension MaintenanceConfiguration {
  /// Logs only grow.
  package static var none: MaintenanceConfiguration {
    var maintenance = MaintenanceConfiguration()
    maintenance.isEnabled = false
    return maintenance
  }

  /// All that happens in days happens in minutes: a segment of a few entries, merges of two, and a collector that
  /// is always at it.
  package static var eager: MaintenanceConfiguration {
    var maintenance = MaintenanceConfiguration()
    maintenance.flushEntries = 4
    maintenance.catalogEntries = 3
    maintenance.tailAgeMax = .seconds(20)
    maintenance.mergeFanIn = 2
    maintenance.eraseAfter = .seconds(60)
    maintenance.collectInterval = .seconds(8)
    maintenance.orphanInterval = .seconds(60)
    maintenance.courtesy = .seconds(3)
    return maintenance
  }

  /// At the pace of real servers, with a grace of hours.
  package static var hourly: MaintenanceConfiguration {
    var maintenance = eager
    maintenance.flushEntries = 6
    maintenance.tailAgeMax = .seconds(1_800)
    maintenance.eraseAfter = .seconds(3 * 3_600)
    maintenance.collectInterval = .seconds(900)
    maintenance.courtesy = .seconds(60)
    return maintenance
  }

  /// Only writes segments of new records.
  package static var flusher: MaintenanceConfiguration {
    var maintenance = eager
    maintenance.mergeFanIn = .max
    maintenance.deadShareMax = 2
    maintenance.eraseAfter = .seconds(1_000_000)
    maintenance.collectInterval = .seconds(1_000_000)
    maintenance.orphanInterval = .seconds(1_000_000)
    return maintenance
  }

  /// Only merges segments, and takes its time for it.
  package static var merger: MaintenanceConfiguration {
    var maintenance = eager
    maintenance.flushEntries = .max
    maintenance.flushBytes = .max / 16
    maintenance.tailAgeMax = .seconds(1_000_000)
    maintenance.collectInterval = .seconds(1_000_000)
    maintenance.orphanInterval = .seconds(1_000_000)
    maintenance.courtesy = .seconds(90)
    return maintenance
  }

  /// Only deletes what nobody needs.
  package static var collector: MaintenanceConfiguration {
    var maintenance = merger
    maintenance.mergeFanIn = .max
    maintenance.deadShareMax = 2
    maintenance.eraseAfter = .seconds(1_000_000)
    maintenance.collectInterval = .seconds(5)
    maintenance.orphanInterval = .seconds(60)
    return maintenance
  }
}
