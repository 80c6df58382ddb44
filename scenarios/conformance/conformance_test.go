package conformance

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	dir   = "../../nodes/zab/testdata/conformance"
	table = dir + "/RESULTS.md"
)

var (
	seeds  = flag.Uint64("conformance.seeds", 3, "replay each case with seeds 1 to `n`")
	update = flag.Bool("update", false, "write the table of results anew")
)

// tableSeeds is how many seeds the table of results is about.
const tableSeeds = 3

func cases(t *testing.T) []*Case {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) < 59 {
		t.Fatalf("%d case files, %v", len(files), err)
	}
	var all []*Case
	for _, file := range files {
		c, err := Load(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// judgedProfiles are those that the cases say something about: the default, the
// release they were recorded from, and the newest.
var judgedProfiles = []string{"safe", "C", "F"}

// TestCases replays every recorded case. What the protocol requires must hold;
// a choice of ZooKeeper must hold or be in the table of differences; a mistake
// must show on the profiles that repeat it.
func TestCases(t *testing.T) {
	for _, profile := range judgedProfiles {
		for _, c := range cases(t) {
			t.Run(profile+"/"+c.Name(), func(t *testing.T) {
				t.Parallel()
				testCase(t, c, profile)
			})
		}
	}
}

func testCase(t *testing.T, c *Case, profile string) {
	t.Helper()
	r, err := c.ReplayAll(*seeds, Options{Profile: profile})
	if err != nil {
		t.Fatal(err)
	}
	for _, stuck := range r.Stuck() {
		t.Error(stuck)
	}
	for _, s := range r.Standings() {
		level := s.Fact.Level
		switch {
		case s.Differs > 0 && !s.Known:
			t.Errorf("%s %s after step %d: %d of %d seeds differ; seed %d: %s, recorded %s",
				level, s.Fact.ID, s.Fact.After, s.Differs, *seeds, s.Seed, s.Seen, s.Fact.recorded())
		case s.Differs > 0 && level.binding():
			t.Errorf("%s %s is excused; no such fact may be", level, s.Fact.ID)
		case s.Held+s.Differs == 0 && (level == Must || level == Expected && !c.mistaken(profile) || level == Bug && c.mistaken(profile)):
			t.Errorf("%s %s after step %d was not judged: %s", level, s.Fact.ID, s.Fact.After, s.Why)
		}
	}
	for _, d := range differences {
		if d.name == c.Name() && d.profile == profile && !d.sometimes && !differed(r, d.fact) {
			t.Errorf("%s does not differ any more; take it out of the table", d.fact)
		}
	}
}

func differed(r *Result, fact string) bool {
	for _, s := range r.Standings() {
		if s.Fact.ID == fact {
			return s.Differs > 0
		}
	}
	return false
}

// TestTable compares the table of results beside the cases with what comes out
// now: which cases there are and what cannot be judged yet. Outcomes that are a
// matter of chance, and durations, change with every draw; they are a snapshot.
func TestTable(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("# What came of the cases\n\nWritten by `go test ./scenarios/conformance -run Table -update` from seeds 1 to 3; see README.md.\n")
	for _, profile := range judgedProfiles {
		fmt.Fprintf(&b, "\n## Profile %s\n\n", profile)
		var results []*Result
		for _, c := range cases(t) {
			r, err := c.ReplayAll(tableSeeds, Options{Profile: profile})
			if err != nil {
				t.Fatal(err)
			}
			results = append(results, r)
		}
		if err := WriteTable(&b, results); err != nil {
			t.Fatal(err)
		}
	}
	if *update {
		if err := os.WriteFile(table, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := steadyColumns(b.String()), steadyColumns(string(want)); got != want {
		t.Errorf("the table is out of date, look at it and run with -update:\n%s\nit has\n%s", got, want)
	}
}

// steadyColumns leaves only the case and what is not judged of each row.
func steadyColumns(table string) string {
	var b strings.Builder
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) > 4 {
			b.WriteString(cells[1] + "|" + cells[4] + "\n")
		}
	}
	return b.String()
}

// TestReplayIsDeterministic: the same seed sees the same.
func TestReplayIsDeterministic(t *testing.T) {
	for _, name := range []string{"p02", "s06", "f01"} {
		c := named(t, name)
		var reports [2]bytes.Buffer
		for i := range reports {
			out, err := c.Replay(Options{Seed: 7})
			if err != nil {
				t.Fatal(err)
			}
			if err := json.NewEncoder(&reports[i]).Encode(out); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(reports[0].Bytes(), reports[1].Bytes()) {
			t.Errorf("%s came out differently the second time:\n%s\n%s", name, &reports[0], &reports[1])
		}
	}
}

func named(t *testing.T, name string) *Case {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, name+"-*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: %v, %v", name, files, err)
	}
	c, err := Load(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestPlantedDefectsAreSeen: a faulty protocol breaks must facts, or never gets
// to the end.
func TestPlantedDefectsAreSeen(t *testing.T) {
	for _, c := range []struct{ defect, name string }{
		{"skip-trunc", "s06"},
		{"commit-on-minority", "p05"},
		{"elect-by-id", "e03"},
		{"forget-accepted-epoch", "e11"},
	} {
		r, err := named(t, c.name).ReplayAll(1, Options{Defects: []string{c.defect}})
		if err != nil {
			t.Fatal(err)
		}
		if r.OK() {
			t.Errorf("%s does not notice %s", c.name, c.defect)
		}
	}
}

// TestEveryFactCanFail replays the cases once more with recorded values that
// are wrong: what held with the right ones must not hold now.
func TestEveryFactCanFail(t *testing.T) {
	for _, c := range cases(t) {
		right, err := c.Replay(Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Facts {
			f := &c.Facts[i]
			f.Value, f.ByRep = spoil(t, f.accepted()[0]), nil
		}
		wrong, err := c.Replay(Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range wrong.Verdicts {
			if v.Status == Held && right.Verdicts[i].Status == Held {
				t.Errorf("%s: %s holds with the value %s", c.Name(), v.Fact.ID, v.Fact.Value)
			}
		}
	}
}

// spoil returns another value of the same shape.
func spoil(t *testing.T, raw json.RawMessage) json.RawMessage {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(spoiled(v))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func spoiled(v any) any {
	switch v := v.(type) {
	case bool:
		return !v
	case float64:
		return v + 1
	case string:
		return v + "?"
	case []any:
		if len(v) == 0 {
			return []any{"?"}
		}
		v[len(v)-1] = spoiled(v[len(v)-1])
		return v
	case map[string]any:
		for k, x := range v {
			if k == "value" || v["same_on"] == nil && k != "learner" && k != "case" {
				v[k] = spoiled(x)
			}
		}
		return v
	default:
		return "?"
	}
}
