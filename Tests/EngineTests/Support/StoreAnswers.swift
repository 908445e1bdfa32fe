import ObjectStore

/// The engine has a type of this name, too.
typealias StoreGetAnswer = GetAnswer
