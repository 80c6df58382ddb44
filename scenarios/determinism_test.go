package scenarios

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// hashes runs the library, some seeds each, and returns a line for every run.
func hashes(t *testing.T, seeds uint64) string {
	t.Helper()
	var b strings.Builder
	for _, name := range libraryNames() {
		s := mustLoad(t, name)
		for seed := uint64(1); seed <= seeds; seed++ {
			r, err := s.Run(RunOptions{Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s %d: %016x after %d events\n", name, seed, uint64(r.Hash), r.Events)
		}
	}
	return b.String()
}

// TestTraceHashesAreTheRecordedOnes compares with what other machines found:
// the same scenario, seed and version give the same trace on every platform. A
// change of the protocol, the kernel or a scenario changes hashes; CHANGELOG
// says so then.
func TestTraceHashesAreTheRecordedOnes(t *testing.T) {
	compareGolden(t, "testdata/hashes.txt", hashes(t, 3))
}

func TestTraceHashesDoNotDependOnGOMAXPROCS(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := hashes(t, 1)
	runtime.GOMAXPROCS(8)
	if eight := hashes(t, 1); eight != one {
		t.Errorf("with GOMAXPROCS 1:\n%swith 8:\n%s", one, eight)
	}
}

// TestTraceHashesDoNotDependOnTheProcess runs the library in another process:
// map seeds, addresses and start-up order differ there.
func TestTraceHashesDoNotDependOnTheProcess(t *testing.T) {
	const inside = "ZABSIM_TEST_PRINT_HASHES"
	if os.Getenv(inside) != "" {
		fmt.Print(hashes(t, 1))
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), inside+"=1", "GOMAXPROCS=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if here := hashes(t, 1); !strings.HasPrefix(string(out), here) {
		t.Errorf("here:\n%sin another process:\n%s", here, out)
	}
}
