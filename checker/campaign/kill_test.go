//go:build unix

package campaign

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

var kills = flag.Int("campaign.kills", 20, "how often the campaign is killed")

// victimDir is set in the process that is killed.
const victimDir = "ZABSIM_TEST_CAMPAIGN"

// killed is a campaign with many findings.
func killed(t *testing.T, dir string) Config {
	t.Helper()
	cfg := smallConfig(t, 1, "")
	cfg.Defects, cfg.Runs, cfg.KeepGoing, cfg.Dir = []string{"skip-trunc", "ZOOKEEPER-4643"}, 1500, true, dir
	return cfg
}

// TestVictim is what the process does that is killed.
func TestVictim(t *testing.T) {
	dir := os.Getenv(victimDir)
	if dir == "" {
		t.Skip("only in a process that is going to be killed")
	}
	if _, err := Run(t.Context(), killed(t, dir)); err != nil {
		t.Fatal(err)
	}
}

// A campaign that is killed again and again comes to the same as one that is left
// alone: no finding is lost, no seed is left out or counted twice.
func TestCampaignSurvivesKill9(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	alone, err := Run(t.Context(), killed(t, filepath.Join(t.TempDir(), "alone")))
	if err != nil {
		t.Fatal(err)
	}
	if alone.Failed == 0 || alone.Runs != killed(t, "").Runs {
		t.Fatalf("%d runs of which %d failed: nothing to lose", alone.Runs, alone.Failed)
	}

	dir := filepath.Join(t.TempDir(), "killed")
	cut := 0
	for range *kills {
		cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$")
		cmd.Env = append(os.Environ(), victimDir+"="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if rand.IntN(2) == 0 { // otherwise it may die before it has done anything
			for before, began := size(dir), time.Now(); size(dir) == before && time.Since(began) < 5*time.Second; {
				time.Sleep(time.Millisecond)
			}
		}
		time.Sleep(rand.N(30 * time.Millisecond))
		if err := cmd.Process.Kill(); err != nil { // with SIGKILL
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			break // it was done already
		}
		cut++
	}
	before := rounds(t, dir)
	resumed, err := Run(t.Context(), killed(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	if cut < *kills/2 || resumed.Resumed == 0 {
		t.Fatalf("killed %d times, when %d runs were done: that shows little", cut, resumed.Resumed)
	}
	t.Logf("killed %d times; %d of %d runs were done by then", cut, resumed.Resumed, alone.Runs)

	next := uint64(0)
	for i, r := range rounds(t, dir) {
		if r.First != next {
			t.Errorf("round %d begins with run %d, after run %d", i, r.First, next)
		}
		next += r.Tally.Runs
		if i < len(before) && !reflect.DeepEqual(before[i], r) {
			t.Errorf("round %d is another one after it was resumed", i)
		}
	}
	if next != alone.Runs {
		t.Errorf("%d runs are in the log", next)
	}
	alone.Took, resumed.Took, resumed.Resumed = 0, 0, 0
	if a, b := fmt.Sprintf("%+v", alone), fmt.Sprintf("%+v", resumed); a != b {
		t.Errorf("left alone:\n%s\nkilled and resumed:\n%s", a, b)
	}
}

// size returns how long a log is by now.
func size(dir string) int64 {
	if info, err := os.Stat(filepath.Join(dir, logName)); err == nil {
		return info.Size()
	}
	return 0
}

// rounds returns the rounds in a log.
func rounds(t *testing.T, dir string) []round {
	t.Helper()
	var all []round
	j, err := openJournal(filepath.Join(dir, logName), func(line []byte) error {
		var r round
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		all = append(all, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	return all[min(1, len(all)):] // without the header
}
