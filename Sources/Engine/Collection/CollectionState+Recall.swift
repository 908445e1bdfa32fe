package import Model
import Segments

extension CollectionState {
  /// Searched for together, so that memory is bounded.
  private static var samplesPerPass: Int { 8 }

  /// Searches for some of the records' own vectors, as a query does and exactly, and compares what is found. The answer
  /// has no log position.
  package func measureRecall(
    _ request: RecallRequest, distance: Distance, clock: any ServerClock
  ) async throws(CollectionReadFailure) -> RecallAnswer {
    let samples = try await samples(request.sampleCount)
    var (found, all) = (0, 0)
    var (queryTime, exactTime) = (Duration.zero, Duration.zero)
    for start in stride(from: 0, to: samples.count, by: Self.samplesPerPass) {
      let some = Array(samples[start..<min(start + Self.samplesPerPass, samples.count)])
      let begin = clock.now()
      let exact = try await neighbours(
        of: some, count: request.count, distance: distance, effort: nil)
      let middle = clock.now()
      var lists: [[NearestRecords.Found]] = []
      for sample in some {
        lists += try await neighbours(
          of: [sample], count: request.count, distance: distance, effort: request.effort)
      }
      exactTime += middle - begin
      queryTime += clock.now() - middle
      for (list, right) in zip(lists, exact) {
        // Of records that are equally far away any will do.
        let farthest = right.last?.distance ?? -.infinity
        found += min(list.count { $0.distance <= farthest }, right.count)
        all += right.count
      }
    }
    let divisor = max(samples.count, 1)
    return RecallAnswer(
      recall: all > 0 ? Double(found) / Double(all) : nil, sampleCount: samples.count,
      recordCount: count, queryTime: queryTime / divisor, exactTime: exactTime / divisor,
      logPosition: 0)
  }

  /// A record whose vector is searched for.
  private struct Sample: Sendable {
    let place: Place
    let vector: [Float]
  }

  /// So many vectors, of records that lie evenly in the collection.
  private func samples(_ count: Int) async throws(CollectionReadFailure) -> [Sample] {
    let sampleCount = min(max(count, 0), self.count)
    var places: [Place] = []
    var number = 0
    func take(_ place: Place) {
      // The middle of the next of equal parts.
      if places.count < sampleCount,
        number == (2 * places.count + 1) * self.count / (2 * sampleCount)
      {
        places.append(place)
      }
      number += 1
    }
    for (index, part) in segments.enumerated() {
      for row in part.live { take(.segment(index, row: row)) }
    }
    for row in tail.liveRows { take(.tail(row)) }
    let views = try await views(of: places, fields: .embeddings)
    return zip(places, views).compactMap { place, view in
      view.embedding.map { Sample(place: place, vector: $0) }
    }
  }

  /// Per sample the nearest other records; `effort` as for `NearestRecords`.
  private func neighbours(
    of samples: [Sample], count: Int, distance: Distance, effort: Float?
  ) async throws(CollectionReadFailure) -> [[NearestRecords.Found]] {
    var search = NearestRecords(
      queries: samples.map(\.vector), count: count + 1, distance: distance, effort: effort)
    let rows = SelectedRows(segments: segments.map(\.live), tail: tail.liveRows)
    do throws(SegmentError) {
      try await search.look(into: segments, tail, rows)
    } catch {
      throw .segment(error)
    }
    return zip(samples, search.sorted(by: { offset(of: $0) })).map { sample, list in
      Array(list.filter { $0.place != sample.place }.prefix(count))
    }
  }
}
