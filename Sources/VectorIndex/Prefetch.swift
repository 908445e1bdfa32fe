import CKernels
package import Model

/// Has memory brought into the processor's caches while something else is done.
package enum Prefetch {
  package static func bytes(_ region: ByteRegion) {
    region.withBytes { bytes in
      apus_prefetch_bytes(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
    }
  }

  /// Some bytes of a region, as far as they are within it; of many only the first: processors notice by themselves
  /// that one byte after the other is read.
  package static func bytes(_ range: Range<Int>, of region: ByteRegion) {
    let bytesMax = 512
    let range = range.clamped(to: 0..<region.count)
    region.withBytes { bytes in
      guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
      apus_prefetch_bytes(start + range.lowerBound, min(range.count, bytesMax))
    }
  }
}
