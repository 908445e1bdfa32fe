import CommitLog
import Engine
import Model
import ObjectStore
import Testing

@Suite("Collection of deleted collections and of what crashed servers left")
struct CollectorOfDeletedTests {
  private let lab = CollectorLab()

  private func deleted() {
    lab.writeHistory()
    lab.writeManifest(5, at: 12, naming: [], isFinal: true)
  }

  @Test("everything goes but the manifests, of which the last stays whole")
  func all() async throws {
    deleted()
    lab.time.pass(CollectorLab.grace - .milliseconds(1))
    let early = try await lab.collector().collectDeleted()
    #expect(!early.hasDeleted && !early.isGone && early.nextDue == .milliseconds(1))
    lab.time.pass(.milliseconds(1))
    let report = try await lab.collector().collectDeleted()
    #expect(report.isGone && report.deletedEntries == 12 && report.deletedSegments == 5)
    #expect(lab.entries.isEmpty && lab.segments.isEmpty)
    #expect(lab.wholeManifests == [5] && lab.manifestNumbers == [1, 2, 3, 4, 5])
  }

  @Test("whatever call fails, the next cycle finishes", arguments: [false, true])
  func crashes(afterwards: Bool) async throws {
    for failing in 1... {
      let lab = CollectorLab()
      lab.writeHistory()
      lab.writeManifest(5, at: 12, naming: [], isFinal: true)
      lab.time.pass(CollectorLab.grace)
      let store = FailingStore(lab.bucket, failingAt: failing, afterwards: afterwards)
      _ = try? await lab.collector(on: store).collectDeleted()
      #expect(lab.manifestNumbers == [1, 2, 3, 4, 5] && lab.wholeManifests.last == 5)
      guard store.calls >= failing else { break }
      #expect(try await lab.collector().collectDeleted().isGone, "call \(failing)")
      #expect(lab.entries.isEmpty && lab.segments.isEmpty && lab.wholeManifests == [5])
    }
  }

  @Test("a collection without its last manifest, or with one of a newer version, is left alone")
  func notFinal() async throws {
    lab.writeHistory()
    lab.time.pass(CollectorLab.grace)
    let before = lab.bucket.keys
    #expect(try await lab.collector().collectDeleted() == CollectorReport())
    lab.writeManifest(5, at: 12, naming: [], isFinal: true, writerVersion: 2)
    lab.time.pass(CollectorLab.grace)
    #expect(try await lab.collector().collectDeleted() == CollectorReport())
    #expect(lab.bucket.keys.count == before.count + 1)
  }

  @Test("objects of probes go when they are as old as the grace and an hour; nothing else does")
  func probes() async throws {
    for key in ["p/probe/x/a", "p/probe/y", "p/probed", "q/probe/x"] {
      lab.bucket.overwrite(key, [1])
    }
    lab.time.pass(.seconds(3599))
    lab.bucket.overwrite("p/probe/new", [1])
    let leftovers = CollectorOfLeftovers(store: lab.bucket, prefix: "p/", grace: .seconds(10))
    #expect(try await leftovers.collect().nextDue == .seconds(1))
    lab.time.pass(.seconds(1))
    #expect(try await leftovers.collect().deletedProbeObjects == 2)
    #expect(lab.bucket.keys == ["p/probe/new", "p/probed", "q/probe/x"])
  }

  @Test("uploads in parts that are as old as the grace are given up, page by page")
  func uploads() async throws {
    let store = UploadingStore(lab.bucket, date: lab.time.now, ages: [1000, 999, 1000, 5000, nil])
    let leftovers = CollectorOfLeftovers(store: store, prefix: "p/", grace: CollectorLab.grace)
    let report = try await leftovers.collect()
    #expect(report.abortedUploads == 3 && report.nextDue == .seconds(1))
    #expect(store.remaining == ["upload-1", "upload-4"])
  }
}
