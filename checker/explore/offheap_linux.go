package explore

import "syscall"

// preferHugePages asks for huge pages. It is no error if there are none.
func preferHugePages(b []byte) { _ = syscall.Madvise(b, syscall.MADV_HUGEPAGE) }
