/// The names of the general categories and their groups (PropertyValueAliases.txt), loosely matched.
enum GeneralCategoryNames {
  /// For each name the short names of the categories it stands for.
  static let members: [String: [String]] = {
    var members: [String: [String]] = [:]
    for (names, categories) in groups + single {
      let list = categories.split(separator: " ").map(String.init)
      for name in names.split(separator: " ") { members[String(name)] = list }
    }
    return members
  }()

  private static let groups: [(String, String)] = [
    ("l letter", "lu ll lt lm lo"),
    ("lc casedletter", "lu ll lt"),
    ("m mark combiningmark", "mn mc me"),
    ("n number", "nd nl no"),
    ("p punctuation punct", "pc pd ps pe pi pf po"),
    ("s symbol", "sm sc sk so"),
    ("z separator", "zs zl zp"),
    ("c other", "cc cf co cn"),
  ]

  private static let single: [(String, String)] = [
    ("lu uppercaseletter", "lu"),
    ("ll lowercaseletter", "ll"),
    ("lt titlecaseletter", "lt"),
    ("lm modifierletter", "lm"),
    ("lo otherletter", "lo"),
    ("mn nonspacingmark", "mn"),
    ("mc spacingmark", "mc"),
    ("me enclosingmark", "me"),
    ("nd decimalnumber digit", "nd"),
    ("nl letternumber", "nl"),
    ("no othernumber", "no"),
    ("pc connectorpunctuation", "pc"),
    ("pd dashpunctuation", "pd"),
    ("ps openpunctuation", "ps"),
    ("pe closepunctuation", "pe"),
    ("pi initialpunctuation", "pi"),
    ("pf finalpunctuation", "pf"),
    ("po otherpunctuation", "po"),
    ("sm mathsymbol", "sm"),
    ("sc currencysymbol", "sc"),
    ("sk modifiersymbol", "sk"),
    ("so othersymbol", "so"),
    ("zs spaceseparator", "zs"),
    ("zl lineseparator", "zl"),
    ("zp paragraphseparator", "zp"),
    ("cc control cntrl", "cc"),
    ("cf format", "cf"),
    ("co privateuse", "co"),
    ("cn unassigned", "cn"),
  ]
}
