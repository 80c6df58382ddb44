package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// exploredScenario takes a search of a few tenths of a second.
const exploredScenario = `version: 1
name: killed
options: {minNotificationInterval: 200ms, maxNotificationInterval: 200ms}
duration: 10s
servers: 2
clients:
  - {name: writer, timeout: 3s, servers: [s2], script: [{at: 1s, put: {key: a, value: b}}, {at: 2s, put: {key: a, value: c}}]}
properties: {always: [agreement, durable-before-commit]}
explore: {crashes: 2, restarts: 1, epochs: 2, from: established}
`

// A search that is killed goes on from its checkpoint to where it would have got.
func TestKilledExplorationIsResumed(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFile(t, "killed.yaml", []byte(exploredScenario))
	for _, order := range []string{"--layered=false", "--layered"} {
		killAndResume(t, order)
	}
}

// killAndResume kills a search at different moments.
func killAndResume(t *testing.T, order string) {
	t.Helper()
	whole := exploredJSON(t, "--json", order)
	for kill, patience := range []time.Duration{0, 20 * time.Millisecond, 80 * time.Millisecond} {
		file, err := filepath.Abs("checkpoint")
		if err != nil {
			t.Fatal(err)
		}
		search := exec.Command("zabsim", "explore", "./killed.yaml", "--workers", "1", order, "--checkpoint", file)
		if err := search.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			if _, err := os.Stat(file); err == nil {
				break
			}
		}
		time.Sleep(patience)
		if err := search.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := search.Wait(); err == nil {
			t.Logf("kill %d came too late", kill)
		}
		resumed := exploredJSON(t, "--json", order, "--resume", file)
		resumed.Seconds, resumed.Memory = whole.Seconds, whole.Memory
		resumed.Unreached, resumed.Unentered = whole.Unreached, whole.Unentered // what was reached before the kill is not known
		if a, b := marshalled(t, resumed), marshalled(t, whole); a != b {
			t.Errorf("resumed\n%s\nin one go\n%s", a, b)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}

func exploredJSON(t *testing.T, flags ...string) *explorationLine {
	t.Helper()
	var stdout, stderr strings.Builder
	if code := execute(t.Context(), append([]string{"explore", "./killed.yaml"}, flags...), &stdout, &stderr); code != int(exitOK) {
		t.Fatalf("exit %d\n%s", code, stderr.String())
	}
	line := new(explorationLine)
	if err := json.Unmarshal([]byte(stdout.String()), line); err != nil {
		t.Fatal(err)
	}
	return line
}

func marshalled(t *testing.T, line *explorationLine) string {
	t.Helper()
	text, err := json.Marshal(line)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
