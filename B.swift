package import A
package func f(_ r: R, _ i: Int) -> UInt64 { r.load(at: i * 8) ?? .max }
package func g(_ r: R, _ i: Int) -> UInt64 { r.load2(i * 8, as: UInt64.self) ?? .max }
