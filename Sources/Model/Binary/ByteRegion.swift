/// Bytes in memory that stay where they are as long as the region is held: a mapped file, or an allocation.
///
/// Immutable, so that any number of tasks may read it at once. Numbers are little-endian and need no alignment.
/// Every access is checked: what is read may have come from a damaged object.
public struct ByteRegion: @unchecked Sendable {
  @usableFromInline let owner: AnyObject
  @usableFromInline let start: UnsafeRawPointer
  /// Number of bytes.
  public let count: Int

  /// `owner` must keep `bytes` valid and unchanged for as long as it lives.
  public init(_ bytes: UnsafeRawBufferPointer, owner: any AnyObject & Sendable) {
    self.owner = owner
    start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped
    count = bytes.count
  }

  /// A copy in memory of its own, aligned to 64 bytes.
  public init(copying bytes: some Collection<UInt8>) {
    let allocation = Allocation(bytes)
    self.init(
      UnsafeRawBufferPointer(rebasing: allocation.bytes[..<bytes.count]), owner: allocation)
  }

  /// Memory of its own, aligned to 64 bytes, that `body` writes into; zeros before.
  public init(count: Int, writtenBy body: (UnsafeMutableRawBufferPointer) -> Void) {
    let allocation = Allocation(repeatElement(0, count: count))
    body(UnsafeMutableRawBufferPointer(rebasing: allocation.bytes[..<count]))
    self.init(UnsafeRawBufferPointer(rebasing: allocation.bytes[..<count]), owner: allocation)
  }

  /// The part at `range`, nil where it is not within the region. Shares the memory.
  @inlinable
  public func slice(_ range: Range<Int>) -> ByteRegion? {
    guard range.lowerBound >= 0, range.upperBound <= count else { return nil }
    return ByteRegion(range, of: self)
  }

  @inlinable
  init(_ range: Range<Int>, of whole: ByteRegion) {
    owner = whole.owner
    start = whole.start + range.lowerBound
    count = range.count
  }

  /// The number at a byte offset, nil where it is not wholly within the region.
  @inlinable
  public func load<T: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as _: T.Type = T.self
  ) -> T? {
    guard offset >= 0, offset <= count &- MemoryLayout<T>.size else { return nil }
    defer { extendLifetime(owner) }
    return T(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// Calls `body` with the bytes, which are valid only during the call.
  @inlinable
  public func withBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    defer { extendLifetime(owner) }
    return try body(UnsafeRawBufferPointer(start: start, count: count))
  }

  /// A copy of the bytes.
  public var array: [UInt8] { withBytes { [UInt8]($0) } }

  /// The text whose UTF-8 is all of the region; nil where it is not UTF-8.
  public var text: Text? { withBytes { Text(utf8: $0) } }

  private final class Allocation: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ source: some Collection<UInt8>) {
      bytes = .allocate(byteCount: max(source.count, 1), alignment: 64)
      bytes.copyBytes(from: source)
    }

    deinit { bytes.deallocate() }
  }
}
