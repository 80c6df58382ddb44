package explore

import (
	"fmt"
	"os"
)

// spill is a file for chunks that there is no memory for. It has no name any more
// as soon as it is there, on systems that allow that, so that it is gone with
// the process even if that is killed.
type spill struct {
	dir   string   // where to put it; "": where temporary files belong
	file  *os.File // nil until something is written
	named bool     // it has to be removed at the end
	slots int64    // how many chunks it has room for
	free  []int64  // those of them that hold nothing
}

// write puts a chunk on the disk and returns its slot, from 1.
func (f *spill) write(data []byte) (slot int64, err error) {
	if f.file == nil {
		if f.file, err = os.CreateTemp(f.dir, "zabsim-explore-*"); err != nil {
			return 0, spillError(err)
		}
		f.named = os.Remove(f.file.Name()) != nil
	}
	if n := len(f.free); n > 0 {
		slot, f.free = f.free[n-1], f.free[:n-1]
	} else {
		f.slots++
		slot = f.slots
	}
	if _, err := f.file.WriteAt(data, f.at(slot)); err != nil {
		return 0, spillError(err)
	}
	return slot, nil
}

// read fills data with the beginning of what was written to a slot.
func (f *spill) read(slot int64, data []byte) error {
	if _, err := f.file.ReadAt(data, f.at(slot)); err != nil {
		return spillError(err)
	}
	return nil
}

func (f *spill) at(slot int64) int64 { return (slot - 1) * chunkBytes }

// release lets a slot be written again.
func (f *spill) release(slot int64) { f.free = append(f.free, slot) }

// bytes returns how large the file is.
func (f *spill) bytes() uint64 { return uint64(f.slots) * chunkBytes }

// close removes the file. That it cannot is no reason to withhold what the search
// found.
func (f *spill) close() {
	if f.file == nil {
		return
	}
	f.file.Close()
	if f.named {
		os.Remove(f.file.Name())
	}
}

// spillError says what the disk was used for; err names the file.
func spillError(err error) error {
	return fmt.Errorf("explore: the frontier does not fit into memory, and cannot be written to the disk: %w", err)
}
