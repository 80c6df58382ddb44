//go:build !unix

package explore

// newWords returns n zeroed words.
func newWords(n int) []uint64 { return make([]uint64, n) }

// freeWords leaves them to the garbage collector.
func freeWords([]uint64) {}
