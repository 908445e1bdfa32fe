import S3Store
import Testing

struct XMLElementTests {
  private func parse(_ text: String) throws(XMLError) -> XMLElement {
    try XMLElement(parsing: Array(text.utf8))
  }

  @Test("elements, entities, CDATA and comments are read as S3 means them")
  func document() throws {
    let root = try parse(
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <!-- <no> -->
      <R xmlns="http://s3.amazonaws.com/doc/2006-03-01/" a='>'>
        <Key>a&amp;b&lt;&#x9;&#228;<![CDATA[<&]]></Key><Empty/><Empty2 x="/" />
        <Sub><Key>inner</Key></Sub><ETag>&quot;x&quot;</ETag><Space> a </Space>
      </R>
      """)
    #expect(root.name == "R")
    #expect(root["Key"]?.text == "a&b<\tä<&")
    #expect(root["Empty"]?.text == "" && root["Empty2"]?.text == "")
    #expect(root["Sub"]?["Key"]?.text == "inner")
    #expect(root["ETag"]?.text == "\"x\"")
    #expect(root["Space"]?.text == " a ")
    #expect(root.children.count == 6 && root.all("Key").count == 1)
  }

  @Test(
    "damaged documents are refused",
    arguments: [
      "", "text", "<a>", "<a><b></a></b>", "</a>", "<a", "<a b=\"", "<>x</>", "<a>&nope;</a>",
      "<a>&#xD800;</a>", "<a>&amp</a>", "<a>&", "<!DOCTYPE a><a/>", "<a><!-- </a>",
      "<a><![CDATA[x</a>",
      "<", "<a>&#99999999999;</a>",
    ])
  func damaged(text: String) {
    #expect(throws: XMLError.self) { try parse(text) }
  }

  @Test("every prefix and every flipped bit of a list is read or refused, never a trap")
  func mutations() {
    let text = "<?xml version='1.0'?><R><Key>a&amp;b</Key><C a='1'/><![CDATA[x]]><!-- c --></R>"
    let bytes = Array(text.utf8)
    for count in 0..<bytes.count {
      #expect(throws: XMLError.self) { try XMLElement(parsing: Array(bytes[..<count])) }
      for bit in 0..<8 {
        var flipped = bytes
        flipped[count] ^= 1 << bit
        _ = try? XMLElement(parsing: flipped)
      }
    }
  }

  @Test(
    "nesting is limited",
    arguments: [(XMLElement.depthMax, true), (XMLElement.depthMax + 1, false)])
  func depth(depth: Int, fits: Bool) {
    let text = String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
    #expect(((try? parse(text)) != nil) == fits)
  }
}
