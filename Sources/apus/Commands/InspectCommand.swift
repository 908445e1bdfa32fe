import ArgumentParser
import Engine
import FoundationEssentials
import Logging
import Model
import ObjectStore
import Settings

/// What `inspect` and `verify` have in common: the bucket, and how long what nobody names may stay.
struct BucketReading: ParsableArguments {
  @OptionGroup(title: "Settings") var options: SettingOptions

  /// Opens the store that the settings name, and looks at what is in it.
  func run(isThorough: Bool) async throws -> InspectionReport {
    let environment = ProcessInfo.processInfo.environment
    let sources = try options.sources(environment: environment)
    let settings = try ServerSettings(loading: sources)
    let opened = try OpenedStore(
      settings, environment: sources.mergedEnvironment, clock: SystemServerClock(),
      random: SystemRandomSource())
    do {
      let inspection = BucketInspection(
        store: opened.store, prefix: settings.prefix, isThorough: isThorough,
        slack: settings.collectInterval * 3)
      let report = try await inspection.run()
      try await opened.close()
      return report
    } catch {
      try? await opened.close()
      throw error
    }
  }

  /// Runs a command's body, with errors in the user's words and an exit code.
  static func reporting(_ body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch let error as ExitCode {
      throw error
    } catch let error as SettingsError {
      Console.fail(error.message)
      throw ExitCode.failure
    } catch let error as ObjectStoreError {
      Console.fail(error.message)
      throw ExitCode.failure
    } catch {
      Console.fail("\(error)")
      throw ExitCode.failure
    }
  }
}

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Says what is in the bucket, per collection. Reads only; servers may go on meanwhile."
  )

  @OptionGroup var reading: BucketReading

  func run() async throws {
    try await BucketReading.reporting {
      let report = try await reading.run(isThorough: false)
      print(report.table)
      for problem in report.problems { print("PROBLEM \(problem)") }
      if !report.problems.isEmpty { throw ExitCode.failure }
    }
  }
}

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Proves that everything in the bucket is there and undamaged. Reads only.",
    discussion: """
      Follows each log from its newest manifest, reads every segment, checks every checksum and each record's, \
      adds up the checksums of all live records, and looks for objects that should have been deleted. Servers \
      may go on meanwhile. The exit code is 0 if all is well and 1 if not.
      """)

  @OptionGroup var reading: BucketReading

  func run() async throws {
    try await BucketReading.reporting {
      let report = try await reading.run(isThorough: true)
      print(report.table)
      for problem in report.problems { print("PROBLEM \(problem)") }
      guard report.problems.isEmpty else {
        print("\(report.problems.count) problems")
        throw ExitCode.failure
      }
      print("no problems")
    }
  }
}

extension InspectionReport {
  /// A line for the catalog and one per collection.
  fileprivate var table: String {
    let head = [
      "collection", "records", "segments", "bytes", "log entries", "bytes", "manifests", "emptied",
      "oldest",
    ]
    var rows = [head, catalog.row(named: "(catalog)")]
    rows += collections.map { collection in
      collection.row(
        named: collection.name.map { name in
          "\(collection.tenant ?? "")/\(collection.database ?? "")/\(name)"
        } ?? "(deleted) \(collection.id)")
    }
    let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var lines = rows.map { row in
      row.enumerated().map { column, text in
        let padding = String(repeating: " ", count: widths[column] - text.count)
        return column == 0 ? text + padding : padding + text
      }.joined(separator: "  ")
    }
    if forgotten.collections > 0 {
      lines.append(
        "(forgotten) \(forgotten.collections) collections, of which only manifests are to stay; "
          + "beside those \(forgotten.orphans) objects with \(forgotten.orphanBytes) bytes")
    }
    return lines.joined(separator: "\n")
  }
}

extension InspectionReport.Collection {
  fileprivate func row(named name: String) -> [String] {
    [
      name, "\(records)", "\(segments)", "\(segmentBytes)", "\(entries)", "\(entryBytes)",
      "\(manifests)", "\(emptiedManifests)",
      oldestAge.map { "\(Int($0.inSeconds)) s" } ?? "-",
    ]
  }
}
