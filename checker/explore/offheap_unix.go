//go:build unix

package explore

import (
	"fmt"
	"syscall"
	"unsafe"
)

// newWords returns n zeroed words outside of the Go heap. They would be free
// of pointers on it too, but the collector lets the heap grow to twice what is
// live before it frees anything, and a visited set is nearly all that lives:
// an outgrown table must go back to the system at once, not some time later.
func newWords(n int) []uint64 {
	if n == 0 {
		return nil
	}
	b, err := syscall.Mmap(-1, 0, n*8, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(fmt.Sprintf("explore: no memory for %d bytes: %v", n*8, err))
	}
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(b))), n)
}

// freeWords gives back what newWords returned.
func freeWords(w []uint64) {
	if len(w) == 0 {
		return
	}
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(w))), len(w)*8)
	if err := syscall.Munmap(b); err != nil {
		panic(fmt.Sprintf("explore: giving back memory: %v", err))
	}
}
