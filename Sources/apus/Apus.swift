import ArgumentParser
@main struct Apus: AsyncParsableCommand { mutating func run() async throws {} }
