import ObjectStore
import S3Store
import Testing

struct DateTests {
  @Test(
    "the three forms of HTTP's dates are read",
    arguments: [
      "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ])
  func http(text: String) {
    #expect(DateParser.http(text)?.millisecondsSince1970 == 784_111_777_000)
  }

  @Test(
    "what is no date is refused",
    arguments: [
      "", "Sun, 06 Nov 1994 08:49:37", "Sun, 31 Feb 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 PST",
      "Sun, 06 Xxx 1994 08:49:37 GMT",
      "Sun, 99999999999999999999 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:-9:37 GMT",
      "1994-11-06T08:49:37Z",
    ])
  func notHTTP(text: String) {
    #expect(DateParser.http(text) == nil)
  }

  @Test(
    "S3's ISO 8601 is read",
    arguments: [
      ("2009-10-12T17:50:30.000Z", 1_255_369_830_000), ("2009-10-12T17:50:30Z", 1_255_369_830_000),
      ("2009-10-12T17:50:30.1234567Z", 1_255_369_830_123),
      ("2009-10-12T17:50:30.5+00:00", 1_255_369_830_500), ("2000-02-29T00:00:00Z", 951_782_400_000),
      ("2009-10-12T17:50:30", nil), ("2009-10-12 17:50:30Z", nil), ("2009-13-12T17:50:30Z", nil),
      ("1900-02-29T00:00:00Z", nil), ("2009-10-12T17:50:30.Z", nil), ("", nil),
    ] as [(String, Int64?)])
  func iso(text: String, milliseconds: Int64?) {
    #expect(DateParser.iso8601(text)?.millisecondsSince1970 == milliseconds)
  }

  @Test("every day from year 1 to 9999 goes there and back")
  func days() {
    var previous = CivilTime(secondsSince1970: -62_135_596_800)
    #expect(previous.basic == "00010101T000000Z")
    for day in stride(from: Int64(-719_161), to: 2_932_896, by: 13) {
      let time = CivilTime(secondsSince1970: day * 86_400 + 86_399)
      #expect(time.secondsSince1970 == day * 86_400 + 86_399)
      #expect(previous.basic < time.basic)
      previous = time
    }
    #expect(CivilTime(secondsSince1970: .max).basic == "99991231T235959Z")
    #expect(CivilTime(secondsSince1970: .min).basic == "00010101T000000Z")
  }
}
