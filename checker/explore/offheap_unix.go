//go:build unix

package explore

import (
	"fmt"
	"syscall"
	"unsafe"
)

// hugePage is the size of a huge page on most processors. Tables of that size and
// more are better off in such pages: each look-up goes to another place.
const hugePage = 1 << 21

// newBytes returns an empty slice with room for n zeroed bytes outside of the Go
// heap. They would be free of pointers on it too, but the collector lets the heap
// grow to twice what is live before it frees anything, and visited set and frontier
// are nearly all that lives: an outgrown table must go back to the system at once,
// not some time later.
func newBytes(n int) []byte {
	b, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(fmt.Sprintf("explore: no memory for %d bytes: %v", n, err))
	}
	if n >= hugePage {
		preferHugePages(b)
	}
	return b[:0]
}

// freeBytes gives back what newBytes returned, extended to all its room.
func freeBytes(b []byte) {
	if err := syscall.Munmap(b); err != nil {
		panic(fmt.Sprintf("explore: giving back memory: %v", err))
	}
}

// newWords returns n zeroed words outside of the Go heap.
func newWords(n int) []uint64 {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(newBytes(8*n)))), n)
}

// freeWords gives back what newWords returned.
func freeWords(w []uint64) {
	if len(w) == 0 {
		return
	}
	freeBytes(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(w))), len(w)*8))
}
