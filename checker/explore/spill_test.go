package explore_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/testdata/models"
)

// bulky is a model whose states take much room, packed.
type bulky struct{ pessimist }

const bulk = 3 << 10

func (b bulky) Pack(enc []byte, s models.ZabState) []byte {
	return append(b.pessimist.Pack(enc, s), make([]byte, bulk)...)
}

func (b bulky) Unpack(enc []byte) models.ZabState { return b.pessimist.Unpack(enc[:len(enc)-bulk]) }

// A search that writes most of its frontier to the disk finds what one does that
// has room for it, and leaves nothing behind.
func TestFrontierOnDisk(t *testing.T) {
	m := bulky{pessimist{small}}
	for name, o := range map[string]explore.Options{
		"first violation": {},
		"all of it":       {KeepGoing: true, Deadlock: true, Workers: 3},
		"layered":         {KeepGoing: true, Layered: true, Workers: 2},
	} {
		whole := exploretest.Search(t, m, o)
		o.Spill, o.Limits.Memory = t.TempDir(), whole.Memory/2
		tight := exploretest.Search(t, m, o)
		if tight.Spilled == 0 || tight.Memory >= o.Limits.Memory {
			t.Errorf("%s: %d bytes on the disk, %d of %d in memory", name, tight.Spilled, tight.Memory, whole.Memory)
		}
		if tight.Spilled = 0; !same(tight, whole) {
			t.Errorf("%s, on the disk:\n%sin memory:\n%s", name, tight.Report(), whole.Report())
		}
		empty(t, o.Spill)
	}
}

// A search that was killed with its frontier on the disk goes on within as little
// memory.
func TestFrontierOnDiskIsResumed(t *testing.T) {
	m := bulky{pessimist{small}}
	for _, layered := range []bool{false, true} {
		o := explore.Options{KeepGoing: true, Layered: layered}
		whole := exploretest.Search(t, m, o)
		o.Spill, o.Limits.Memory = t.TempDir(), whole.Memory/2
		resumed := exploretest.Resumed(t, m, m, o, whole.States*3/4)
		if resumed.Spilled == 0 || resumed.Memory >= o.Limits.Memory {
			t.Errorf("layered %v: %d bytes on the disk, %d of %d in memory", layered, resumed.Spilled, resumed.Memory, whole.Memory)
		}
		if resumed.Spilled = 0; !same(resumed, whole) {
			t.Errorf("layered %v, on the disk and resumed:\n%sin memory:\n%s", layered, resumed.Report(), whole.Report())
		}
	}
}

// What does not fit even so ends the search.
func TestMemoryThatTheDiskCannotReplace(t *testing.T) {
	r := exploretest.Search(t, bulky{pessimist{small}}, explore.Options{KeepGoing: true, Spill: t.TempDir(), Limits: explore.Limits{Memory: 1 << 20}})
	if r.Verdict != explore.MemoryLimit || r.Finding("Agreement").Answer != explore.Unknown {
		t.Error(r.Report())
	}
}

// An interrupted search leaves no file, neither does one that dies.
func TestNothingIsLeftOnDisk(t *testing.T) {
	o := explore.Options{KeepGoing: true, Limits: explore.Limits{Memory: 4 << 20}}
	for name, end := range map[string]func(cancel func()){
		"interrupted": func(cancel func()) { cancel() },
		"killed":      func(func()) { exploretest.Die() },
	} {
		o.Spill = t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		o.Progress = func(s explore.Stats) {
			if s.Spilled > 0 {
				end(cancel)
			}
		}
		exploretest.Outlive(func() {
			if r, err := explore.Search(ctx, bulky{pessimist{small}}, o); err != nil || r.Verdict != explore.Interrupted {
				t.Errorf("%s: %v, %v", name, r, err)
			}
		})
		empty(t, o.Spill)
	}
}

// A disk that cannot be written is an error that says where.
func TestDiskThatFails(t *testing.T) {
	o := explore.Options{KeepGoing: true, Spill: filepath.Join(t.TempDir(), "gone"), Limits: explore.Limits{Memory: 4 << 20}}
	_, err := explore.Search(t.Context(), bulky{pessimist{small}}, o)
	var failed *fs.PathError
	if !errors.As(err, &failed) || filepath.Dir(failed.Path) != o.Spill {
		t.Errorf("error %v, want one about %s", err, o.Spill)
	}
}

func empty(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) > 0 {
		t.Errorf("%s has %v, %v", dir, files, err)
	}
}
