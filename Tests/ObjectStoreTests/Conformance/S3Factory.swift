extension StoreUnderTest {
  static let s3: [StoreUnderTest] = []
}
