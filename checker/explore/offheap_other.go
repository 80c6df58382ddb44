//go:build !unix

package explore

// newBytes returns an empty slice with room for n zeroed bytes.
func newBytes(n int) []byte { return make([]byte, 0, n) }

// freeBytes leaves them to the garbage collector.
func freeBytes([]byte) {}

// newWords returns n zeroed words.
func newWords(n int) []uint64 { return make([]uint64, n) }

// freeWords leaves them to the garbage collector.
func freeWords([]uint64) {}
