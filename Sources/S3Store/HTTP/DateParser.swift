package import ObjectStore

/// Reads the two forms of time that S3 writes.
package enum DateParser {
  /// A date of HTTP (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`, and the two obsolete forms
  /// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
  package static func http(_ text: String) -> StoreTime? {
    let fields = text.split { $0 == " " || $0 == "," || $0 == "-" }
    guard fields.count >= 5, fields.allSatisfy({ $0.utf8.count <= 9 }) else { return nil }
    if fields.count == 5, fields[3].utf8.contains(UInt8(ascii: ":")) {
      return time(year: fields[4], month: fields[1], day: fields[2], clock: fields[3])
    }
    guard fields.count == 6, fields[5] == "GMT" || fields[5] == "UTC" else { return nil }
    return time(year: fields[3], month: fields[2], day: fields[1], clock: fields[4])
  }

  /// ISO 8601 in UTC: `2009-10-12T17:50:30.000Z`, with any number of digits after the point, or none.
  package static func iso8601(_ text: String) -> StoreTime? {
    let bytes = Array(text.utf8)
    guard (20...40).contains(bytes.count), bytes[4] == UInt8(ascii: "-"),
      bytes[7] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: "T"),
      bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
      let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
      let day = number(bytes[8..<10]), let hour = number(bytes[11..<13]),
      let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
      let milliseconds = fraction(bytes[19...]),
      let civil = CivilTime(
        year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    else { return nil }
    return StoreTime(millisecondsSince1970: civil.secondsSince1970 * 1000 + Int64(milliseconds))
  }

  private static func time(
    year: Substring, month: Substring, day: Substring, clock: Substring
  ) -> StoreTime? {
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, var fullYear = number(year.utf8),
      let month = months.firstIndex(of: month),
      let day = number(day.utf8), let hour = number(parts[0].utf8),
      let minute = number(parts[1].utf8), let second = number(parts[2].utf8)
    else { return nil }
    // Two digits stand for 1970 to 2069.
    if year.utf8.count == 2 { fullYear += fullYear < 70 ? 2000 : 1900 }
    let civil = CivilTime(
      year: fullYear, month: month + 1, day: day, hour: hour, minute: minute, second: second)
    return civil.map { StoreTime(millisecondsSince1970: $0.secondsSince1970 * 1000) }
  }

  private static let months: [Substring] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Up to four digits.
  private static func number(_ digits: some Collection<UInt8>) -> Int? {
    guard (1...4).contains(digits.count) else { return nil }
    var value = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      value = value * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return value
  }

  /// Milliseconds of `.123Z`, `.123456Z`, `Z` or `+00:00`.
  private static func fraction(_ rest: ArraySlice<UInt8>) -> Int? {
    var rest = rest
    if rest.last == UInt8(ascii: "Z") {
      rest.removeLast()
    } else if rest.count >= 6, rest.suffix(6).elementsEqual("+00:00".utf8) {
      rest.removeLast(6)
    } else {
      return nil
    }
    guard let point = rest.popFirst() else { return 0 }
    guard point == UInt8(ascii: "."), !rest.isEmpty else { return nil }
    let padded =
      rest.prefix(3) + [UInt8](repeating: UInt8(ascii: "0"), count: max(0, 3 - rest.count))
    return number(padded)
  }
}
