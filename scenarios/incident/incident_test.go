package incident

import (
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/nodes/zab/zkdata"
	"github.com/zabsim/zabsim/nodes/zab/zkdata/zkdatatest"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim/trace"
)

// ensembleOf examines the five servers as they were at a moment: when they were
// killed ("crashed") or after they had been started again ("final").
func ensembleOf(t *testing.T, moment, profile string) (*zkdata.Ensemble, *zab.Options) {
	t.Helper()
	return examine(t, zkdatatest.Files(), moment, profile)
}

func examine(t *testing.T, files fs.FS, moment, profile string) (*zkdata.Ensemble, *zab.Options) {
	t.Helper()
	var servers []*zkdata.Server
	for id := 1; id <= 5; id++ {
		dir, err := fs.Sub(files, fmt.Sprintf("%s/server%d", moment, id))
		if err != nil {
			t.Fatal(err)
		}
		s, err := zkdata.ReadServer(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		servers = append(servers, s)
	}
	options := zab.DefaultOptions()
	options.Profile = profile
	return zkdata.Examine(servers, nodes.FirstN(5), options), options
}

// written returns the scenario as somebody gets it by mail: from its file.
func written(t *testing.T, e *zkdata.Ensemble, options *zab.Options) *scenarios.Scenario {
	t.Helper()
	made, err := Scenario(e, "incident", options)
	if err != nil {
		t.Fatal(err)
	}
	return reload(t, made)
}

func reload(t *testing.T, s *scenarios.Scenario) *scenarios.Scenario {
	t.Helper()
	var file strings.Builder
	if _, err := s.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	loaded, err := scenarios.Parse("incident.yaml", []byte(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// course is what a run shows of an election and of how servers joined.
type course struct {
	leader nodes.ID
	epoch  uint64
	modes  map[nodes.ID]string // what the leader sent each
	sent   map[nodes.ID][]zab.Zxid
	// delivered are the transactions that some server served.
	delivered map[nodes.Position]bool
}

func (c *course) observer() trace.Observer {
	return trace.Func{
		Kinds: trace.Of(trace.View, trace.Send, trace.Commit),
		Do: func(e *trace.Event) {
			switch e.Kind {
			case trace.Commit:
				c.delivered[e.Pos] = true
				return
			case trace.View:
				if e.After.Role == nodes.Leading && e.After.Serving && c.leader == 0 {
					c.leader, c.epoch = e.Server, e.After.Epoch
				}
				return
			}
			switch m := e.Msg.(type) {
			case zab.Diff:
				c.modes[e.Peer] = fmt.Sprintf("DIFF %v", m.Zxid)
			case zab.Trunc:
				c.modes[e.Peer] = fmt.Sprintf("TRUNC %v", m.Zxid)
			case zab.Snap:
				c.modes[e.Peer] = fmt.Sprintf("SNAP %v", m.Image.Zxid)
			case zab.Proposal:
				if m.Txn.Zxid.Epoch() < 18 { // those of the new epoch are new
					c.sent[e.Peer] = append(c.sent[e.Peer], m.Txn.Zxid)
				}
			}
		},
	}
}

// run starts some of the servers; the others stay away.
func run(t *testing.T, s *scenarios.Scenario, among nodes.Set, seed uint64) (*course, *scenarios.Result) {
	t.Helper()
	started := *s
	started.Boot = nil
	for id := range (nodes.FirstN(5) &^ among).All() {
		started.Boot = append(started.Boot, scenarios.Boot{Server: id.String(), At: s.Duration})
	}
	c := &course{modes: map[nodes.ID]string{}, sent: map[nodes.ID][]zab.Zxid{}, delivered: map[nodes.Position]bool{}}
	r, err := started.Run(scenarios.RunOptions{Seed: seed, Observers: []trace.Observer{c.observer()}})
	if err != nil {
		t.Fatal(err)
	}
	return c, r
}

// differs says how a server joined in another way than foretold, or "". One that
// joins when the epoch has begun gets the same image under another name.
func (c *course) differs(j *zkdata.Join, epoch uint64) string {
	got, want := c.modes[j.Server], fmt.Sprintf("%s %v", j.Mode, j.Zxid)
	late := fmt.Sprintf("SNAP %v", zab.MakeZxid(epoch, 0))
	if got != want && (j.Mode != "SNAP" || got != late) {
		return fmt.Sprintf("gets %s, foretold was %s", got, want)
	}
	if sent := slices.Concat(j.FromDisk, j.FromMemory); !slices.Equal(c.sent[j.Server], sent) {
		return fmt.Sprintf("is sent %v, foretold was %v", c.sent[j.Server], sent)
	}
	for _, run := range j.Discards {
		for z := run.From; z <= run.To; z++ {
			if c.delivered[z.Position()] {
				return fmt.Sprintf("was to give up %v, and yet somebody served it", z)
			}
		}
	}
	return ""
}

// TestGoesOnAsForetold: what inspect foretells of a start is what the simulator
// does from there: who leads which epoch, what each of the others is sent.
func TestGoesOnAsForetold(t *testing.T) {
	modes := map[string]int{}
	for _, moment := range []string{"crashed", "final"} {
		for _, profile := range []string{"safe", "A", "C", "F"} {
			e, options := ensembleOf(t, moment, profile)
			s := written(t, e, options)
			sets, _ := e.Majorities(16)
			for i, among := range sets {
				p := e.Predict(among)
				c, r := run(t, s, among, uint64(i+1))
				if c.leader != p.Leader || c.epoch != p.Epoch {
					t.Errorf("%s, %s, %v: %v leads epoch %d, foretold was %v, %d", moment, profile, among, c.leader, c.epoch, p.Leader, p.Epoch)
				}
				for _, j := range p.Joins {
					modes[j.Mode]++
					if wrong := c.differs(&j, p.Epoch); wrong != "" {
						t.Errorf("%s, %s, %v: %v %s", moment, profile, among, j.Server, wrong)
					}
				}
				for _, v := range r.Violations {
					t.Errorf("%s, %s, %v: %s: %s", moment, profile, among, v.Property, v.Message)
				}
			}
		}
	}
	if len(modes) < 3 {
		t.Errorf("only %v", modes)
	}
}

// TestWrittenSmall: what five servers with 900 transactions each left behind is
// short enough for a mail, and nothing is lost on the way.
func TestWrittenSmall(t *testing.T) {
	e, options := ensembleOf(t, "crashed", "F")
	s := written(t, e, options)
	var file strings.Builder
	if _, err := s.WriteTo(&file); err != nil || file.Len() > 16<<10 {
		t.Errorf("%d bytes, %v", file.Len(), err)
	}
	if len(s.Start.Trees) != 1 || s.Start.Decided != (scenarios.Zxid{Epoch: 17, Index: 5}) {
		t.Errorf("%d trees, decided to %v", len(s.Start.Trees), s.Start.Decided)
	}
	if again := reload(t, s); !reflect.DeepEqual(again, s) {
		t.Error("what is written loads to another scenario")
	}
	records := 0
	for _, l := range s.Start.Txns {
		if l.Zxid.Epoch == 16 && l.Zxid.Index >= 70 {
			records++
		}
	}
	if records != 4 {
		t.Errorf("%d of the four dead transactions 16.70 to 16.73", records)
	}
}

// TestPastCounts: what a quorum had before the run must not be lost in it. Here
// all lose their disks but the one that was left behind.
func TestPastCounts(t *testing.T) {
	e, options := ensembleOf(t, "crashed", "F")
	s := written(t, e, options)
	others := scenarios.Who{"s1", "s2", "s3", "s5"}
	for _, name := range others {
		s.Boot = append(s.Boot, scenarios.Boot{Server: name, At: time.Second})
	}
	s.Faults = []scenarios.Fault{{At: time.Millisecond, Wipe: others}}
	r, err := reload(t, s).Run(scenarios.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	lost := slices.IndexFunc(r.Violations, func(v checker.Violation) bool { return v.Property == "no-lost-commit" })
	if lost < 0 || r.Violations[lost].Message != "s4 leads epoch 17 without 17.1, which s1 had delivered" {
		t.Errorf("%+v", r.Violations)
	}
}

// TestWarningsComeTrue: a snapshot that was not finished is skipped without a
// word, and the log behind the one before it begins with transactions that did
// not survive. The server votes like the others, is sent nothing, and serves
// them: inspect warns of it, and the simulator shows it.
func TestWarningsComeTrue(t *testing.T) {
	files := zkdatatest.Files()
	files["crashed/server3/version-2/snapshot.f0000001b"] = &fstest.MapFile{}
	e, options := examine(t, files, "crashed", "F")
	warned := false
	for _, j := range e.Predict(nodes.FirstN(5)).Joins {
		warned = warned || slices.Contains(j.Warnings, "s3 keeps 14.29..14.31, which the leader does not have")
	}
	_, r := run(t, written(t, e, options), nodes.FirstN(5), 1)
	if !warned || len(r.Violations) == 0 || r.Violations[0].Property != "agreement" ||
		r.Violations[0].Message != "s3 delivered 14.29 and s5 delivered 15.1, and neither delivered the other's" {
		t.Errorf("warned: %t; %+v", warned, r.Violations)
	}
}
