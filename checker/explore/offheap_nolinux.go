//go:build unix && !linux

package explore

// preferHugePages does nothing: the system decides by itself.
func preferHugePages([]byte) {}
