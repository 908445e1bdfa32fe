// swift-tools-version: 6.2
import PackageDescription

// The target list is the architecture: it reads from the bottom up, and each target depends only on
// targets above it in this file. HTTP types stop at ChromaAPI, AsyncHTTPClient stops at S3Store.

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

// The server has Swift's libraries in it: it runs where there is no toolchain, and calls of them cost less (about 6 % of a
// request). Only the linker needs to know, so that tests, which cannot have them, are built from the same objects. Foundation's
// libraries need one another, in no order. With APUS_DYNAMIC_STDLIB set, for toolchains that lack the static libraries, it has not.
let staticLibraries = [
  "Foundation", "FoundationInternationalization", "FoundationEssentials", "_FoundationICU",
  "_FoundationCollections", "_FoundationCShims", "CoreFoundation", "swiftSynchronization",
]
let withSwift: [LinkerSetting] =
  Context.environment["APUS_DYNAMIC_STDLIB"] != nil
  ? []
  : [
    .unsafeFlags(
      ["-static-stdlib", "-Xlinker", "--start-group"]
        + staticLibraries.flatMap { ["-Xlinker", "-l" + $0] } + ["-Xlinker", "--end-group"],
      .when(platforms: [.linux]))
  ]

let package = Package(
  name: "apus",
  platforms: [.macOS(.v26)],
  products: [
    .executable(name: "apus", targets: ["apus"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(
      url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: [.defaults]),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
  ],
  targets: [
    .target(name: "CAllocator"),
    .target(name: "CChecksum"),
    .target(name: "CKernels"),
    .target(name: "Model", swiftSettings: strict),
    .target(name: "JSON", dependencies: ["Model"], swiftSettings: strict),
    .target(name: "ObjectStore", dependencies: ["CChecksum", "Model"], swiftSettings: strict),
    .target(
      name: "CommitLog",
      dependencies: [
        "Model", "ObjectStore",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .target(name: "VectorIndex", dependencies: ["CKernels", "Model"], swiftSettings: strict),
    .target(name: "FilterIndex", dependencies: ["Model"], swiftSettings: strict),
    .target(
      name: "Segments",
      dependencies: [
        "Model", "ObjectStore", "VectorIndex", "FilterIndex",
        .product(name: "DequeModule", package: "swift-collections"),
      ],
      swiftSettings: strict),
    .target(
      name: "Engine",
      dependencies: [
        "Model", "JSON", "ObjectStore", "CommitLog", "VectorIndex", "FilterIndex", "Segments",
        .product(name: "HashTreeCollections", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .target(
      name: "S3Store",
      dependencies: [
        "Model", "ObjectStore",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOFoundationCompat", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .target(
      name: "ChromaAPI",
      dependencies: [
        "Model", "JSON", "Engine",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .target(
      name: "Settings",
      dependencies: [.product(name: "Configuration", package: "swift-configuration")],
      swiftSettings: strict),
    .executableTarget(
      name: "apus",
      dependencies: [
        "CAllocator", "Settings", "Model", "ObjectStore", "CommitLog", "S3Store", "Segments",
        "Engine", "ChromaAPI",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict, linkerSettings: withSwift),
    // Test support: the real engine under a seeded scheduler, virtual time and a store that misbehaves.
    .target(
      name: "Simulation",
      dependencies: [
        "Model", "ObjectStore", "CommitLog", "Segments", "Engine",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(name: "ModelTests", dependencies: ["Model"], swiftSettings: strict),
    .testTarget(name: "JSONTests", dependencies: ["JSON", "Model"], swiftSettings: strict),
    .testTarget(
      name: "ObjectStoreTests", dependencies: ["Model", "ObjectStore", "S3Store"],
      swiftSettings: strict),
    .testTarget(
      name: "CommitLogTests",
      dependencies: [
        "Model", "ObjectStore", "CommitLog", "Simulation",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "VectorIndexTests", dependencies: ["CKernels", "VectorIndex", "Model"],
      swiftSettings: strict),
    .testTarget(
      name: "FilterIndexTests", dependencies: ["FilterIndex", "Model"], swiftSettings: strict),
    .testTarget(
      name: "SegmentsTests",
      dependencies: ["Model", "ObjectStore", "VectorIndex", "FilterIndex", "Segments"],
      swiftSettings: strict),
    .testTarget(
      name: "EngineTests",
      dependencies: [
        "Model", "ObjectStore", "CommitLog", "Segments", "Engine", "Simulation",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "S3StoreTests",
      dependencies: ["S3Store", .product(name: "NIOPosix", package: "swift-nio")],
      swiftSettings: strict),
    .testTarget(
      name: "ChromaAPITests", dependencies: ["ChromaAPI", "Engine", "ObjectStore"],
      swiftSettings: strict),
    // What is measured, not tested: each runs only where an environment variable asks for it.
    .testTarget(
      name: "Benchmarks",
      dependencies: [
        "Model", "JSON", "ObjectStore", "VectorIndex", "Segments", "Engine", "ChromaAPI",
      ],
      path: "Benchmarks", swiftSettings: strict),
    .testTarget(name: "SettingsTests", dependencies: ["Settings"], swiftSettings: strict),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "Model", "ObjectStore", "CommitLog", "Segments", "Engine", "Simulation",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
  ]
)
