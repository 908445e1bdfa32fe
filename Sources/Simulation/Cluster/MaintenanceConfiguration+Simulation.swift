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
    maintenance.courtesy = .seconds(3)
    return maintenance
  }
}
