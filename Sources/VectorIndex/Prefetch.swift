import CKernels
package import Model

/// Has memory brought into the processor's caches while something else is done.
package enum Prefetch {
  package static func bytes(_ region: ByteRegion) {
    region.withBytes { bytes in
      apus_prefetch_bytes(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
    }
  }
}
