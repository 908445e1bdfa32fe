import Engine
import FoundationEssentials
import Model
import ObjectStore
import Segments
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The engine's part of a query, without HTTP. `scripts/bench-index` runs it, beside hnswlib.
///
/// APUS_BENCH_DATA names a folder with `vectors.f32` and `queries.f32` (end to end) and `truth.i32` (row numbers of the 10
/// nearest of each query, by cosine distance).
@Suite(
  .serialized, .enabled(if: ProcessInfo.processInfo.environment["APUS_BENCH_DATA"] != nil))
struct QueryBenchmark {
  private static func setting(_ name: String) -> String? {
    ProcessInfo.processInfo.environment["APUS_BENCH_\(name)"]
  }

  private let dimension = Self.setting("DIMENSION").flatMap { Int($0) } ?? 384
  private let segmentCount = Self.setting("SEGMENTS").flatMap { Int($0) } ?? 4
  /// Of searches, 1 the usual; see `QueryRequest`.
  private let efforts = (Self.setting("EFFORTS") ?? "1").split(separator: ",").compactMap {
    Float($0)
  }
  private let rounds = Self.setting("ROUNDS").flatMap { Int($0) } ?? 3

  private func read<T: BitwiseCopyable>(_ name: String, as _: T.Type) throws -> [T] {
    let path = "\(Self.setting("DATA") ?? "")/\(name)"
    let bytes = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
    return bytes.withUnsafeBytes { [T]($0.bindMemory(to: T.self)) }
  }

  private func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Segments of equal size, made as flushes make them.
  /// - Returns: The processor time that making them took, in seconds, without what applying the writes took.
  private func segments(
    of vectors: [Float], codes: CodePolicy?
  ) async throws -> (state: CollectionState, seconds: Double) {
    let store = MemoryStore { StoreTime(millisecondsSince1970: 1_800_000_000_000) }
    let cache = SegmentCache(store: store, workspace: MemoryWorkspace())
    let random = SeededRandomSource(seed: 5)
    let count = vectors.count / dimension
    var parts: [SegmentPart] = []
    var seconds = 0.0
    var nextOffset: UInt64 = 0
    for segment in 0..<segmentCount {
      let rows = count * segment / segmentCount..<count * (segment + 1) / segmentCount
      var state = CollectionState(
        id: .zero, dimension: dimension, nextOffset: nextOffset, liveChecksum: 0, isSealed: false,
        parts: [])
      for start in stride(from: rows.lowerBound, to: rows.upperBound, by: 1000) {
        let batch = start..<min(start + 1000, rows.upperBound)
        var payload = BinaryWriter()
        let records = RecordBatch(
          ids: batch.map { Text("id\($0)") },
          embeddings: EmbeddingColumn(
            dimension: dimension,
            components: Array(
              vectors[batch.lowerBound * dimension..<batch.upperBound * dimension])),
          documents: nil, uris: nil,
          metadatas: batch.map { MetadataChange([.init(key: "n", value: .int(Int64($0)))]) })
        _ = try await state.decide(.add(records), into: &payload)
      }
      nextOffset = state.nextOffset
      let start = processorTime()
      let built = try await state.buildTailSegment(
        id: .random(from: random), hashSeed: random.next(), codes: codes)
      seconds += processorTime() - start
      guard let built else { continue }
      let opened = try await cache.adopt(built, key: "segment \(segment)")
      parts.append(
        SegmentPart(segment: opened, dead: RowSet(count: opened.rowCount, filledWith: false)))
    }
    let state = CollectionState(
      id: .zero, dimension: dimension, nextOffset: nextOffset, liveChecksum: 0, isSealed: false,
      parts: parts)
    return (state, seconds)
  }

  private func run(
    _ state: CollectionState, _ queries: [[Float]], filter: Filter? = nil, effort: Float = 1
  ) async throws -> (microseconds: Double, found: [[Int]]) {
    var answers: [[QueryAnswer.Match]] = []
    let start = processorTime()
    for query in queries {
      let matches = try await state.query(
        QueryRequest(
          embeddings: [query], count: 10, selection: RecordSelection(filter: filter), fields: [],
          effort: effort), distance: .cosine)
      answers.append(matches[0])
    }
    let seconds = processorTime() - start
    // Numbers of ids are nothing that a search needs.
    let found = answers.map { $0.map { Int("\($0.record.id)".dropFirst(2)) ?? -1 } }
    return (seconds / Double(queries.count) * 1e6, found)
  }

  private func recall(_ found: [[Int]], _ truth: [Int32]) -> Double {
    let hits = found.enumerated().reduce(0) { sum, item in
      sum
        + Set(item.element).intersection(
          truth[item.offset * 10..<item.offset * 10 + 10].map { Int($0) }
        ).count
    }
    return Double(hits) / Double(found.count * 10)
  }

  @Test("queries of a collection in segments: processor time and recall, with codes and without")
  func queries() async throws {
    let vectors = try read("vectors.f32", as: Float.self)
    let truth = try read("truth.i32", as: Int32.self)
    let flat = try read("queries.f32", as: Float.self)
    let queries = stride(from: 0, to: flat.count, by: dimension).map {
      Array(flat[$0..<$0 + dimension])
    }
    let plain = try await segments(of: vectors, codes: nil)
    let coded = try await segments(of: vectors, codes: CodePolicy(distance: .cosine))
    let bytes = coded.state.segments.reduce(0) { $0 + $1.segment.summary.size }
    let plainBytes = plain.state.segments.reduce(0) { $0 + $1.segment.summary.size }
    let rows = vectors.count / dimension
    print(
      "{\"segments_s\": \(coded.seconds), \"segments_without_codes_s\": \(plain.seconds),",
      "\"code_bytes_per_row\": \(Double(bytes - plainBytes) / Double(rows))}")
    for _ in 0..<rounds {
      let exact = try await run(plain.state, Array(queries[..<50]))
      for effort in efforts {
        let codes = try await run(coded.state, queries, effort: effort)
        print(
          "{\"effort\": \(effort), \"recall\": \(recall(codes.found, truth)),",
          "\"us\": \(codes.microseconds), \"exact_us\": \(exact.microseconds)}")
      }
    }
  }
}
