package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// format is the only one there is.
const format = "zab-conformance-case/1"

// Case is one recorded scenario.
type Case struct {
	Format   string            `json:"format"`
	ID       string            `json:"id"`
	Title    string            `json:"title"`
	Tags     []string          `json:"tags"`
	Notes    []string          `json:"notes"`
	Source   Source            `json:"source"`
	Setup    Setup             `json:"setup"`
	Timeline []Step            `json:"timeline"`
	Facts    []Fact            `json:"facts"`
	Timings  map[string]Timing `json:"timings_ticks"`

	file string
}

// Source says what was recorded.
type Source struct {
	Implementation string `json:"implementation"`
	Java           string `json:"java"`
	Repetitions    int    `json:"repetitions"`
}

// Setup is the ensemble and its settings.
type Setup struct {
	Servers            []Server          `json:"servers"`
	TickMS             int               `json:"tick_ms"`
	InitLimit          int               `json:"init_limit"`
	SyncLimit          int               `json:"sync_limit"`
	LocalSessions      bool              `json:"local_sessions"`
	CommitLogCount     int               `json:"commit_log_count"`
	SnapshotSizeFactor float64           `json:"snapshot_size_factor"`
	SnapCount          int               `json:"snap_count"`
	SystemProperties   map[string]string `json:"system_properties"`
}

// Server is a member of the ensemble.
type Server struct {
	ID   nodes.ID `json:"id"`
	Role string   `json:"role"` // "participant" or "observer"
}

// Step is one action of the timeline.
type Step struct {
	N           int               `json:"n"`
	TTicks      []float64         `json:"t_ticks"` // when, in each repetition
	Action      string            `json:"action"`
	RawArgs     json.RawMessage   `json:"args"`
	Result      json.RawMessage   `json:"result"`
	ResultByRep []json.RawMessage `json:"result_by_rep"`

	args Args
}

// Level says how binding a fact is.
type Level string

// The levels.
const (
	Must     Level = "must"     // follows from the protocol and the timeline
	ZK       Level = "zk"       // a steady choice of ZooKeeper 3.8.0
	May      Level = "may"      // one of several right outcomes
	Bug      Level = "bug"      // ZooKeeper 3.8.0 breaks the protocol
	Expected Level = "expected" // what the protocol requires in place of a bug
)

// binding reports whether no difference from a fact of that level, where it is
// judged at all, can be excused.
func (l Level) binding() bool { return l == Must || l == Bug || l == Expected }

// Fact is something seen after a step: the same in all repetitions (Value), or
// not (ByRep).
type Fact struct {
	ID    string            `json:"id"`
	After int               `json:"after_step"`
	Level Level             `json:"level"`
	Kind  string            `json:"kind"`
	Value json.RawMessage   `json:"value"`
	ByRep []json.RawMessage `json:"values_by_rep"`
	Text  string            `json:"text"`
}

// Timing is a duration in ticks over the repetitions.
type Timing struct {
	Values []float64 `json:"values"`
	Min    float64   `json:"min"`
	Median float64   `json:"median"`
	Max    float64   `json:"max"`
	Text   string    `json:"text"`
}

// Load reads a case. What it does not know (a field, an action, an argument of
// one, a kind of fact) is an error that names the file and the step or fact.
func Load(path string) (*Case, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &Case{file: path}
	if err := strictly(b, c); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func strictly(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func (c *Case) check() error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if c.Format != format {
		add("format is %q, not %q", c.Format, format)
	}
	if len(c.Setup.Servers) == 0 || c.Setup.TickMS <= 0 {
		add("the set-up needs servers and a tick")
	}
	for _, s := range c.Setup.Servers {
		if s.ID < 1 || s.ID > nodes.MaxServers || s.Role != "participant" && s.Role != "observer" {
			add("server %d: role %q", s.ID, s.Role)
		}
	}
	for i := range c.Timeline {
		s := &c.Timeline[i]
		if s.N != i+1 {
			add("step %d stands at place %d", s.N, i+1)
		}
		if len(s.TTicks) == 0 {
			add("step %d: t_ticks is missing", s.N)
		}
		if err := s.readArgs(c.servers()); err != nil {
			add("step %d: %w", s.N, err)
		}
	}
	for i := range c.Facts {
		if err := c.Facts[i].check(len(c.Timeline)); err != nil {
			add("fact %q: %w", c.Facts[i].ID, err)
		}
	}
	return errors.Join(problems...)
}

func (f *Fact) check(steps int) error {
	if _, known := judges[f.Kind]; !known {
		return fmt.Errorf("unknown kind %q", f.Kind)
	}
	if !slices.Contains([]Level{Must, ZK, May, Bug, Expected}, f.Level) {
		return fmt.Errorf("unknown level %q", f.Level)
	}
	if f.After < 1 || f.After > steps {
		return fmt.Errorf("there is no step %d", f.After)
	}
	if (f.Value == nil) == (f.ByRep == nil) {
		return errors.New("exactly one of value and values_by_rep is needed")
	}
	return nil
}

// accepted returns the values that are as good as what was seen.
func (f *Fact) accepted() []json.RawMessage {
	if f.ByRep != nil {
		return f.ByRep
	}
	return []json.RawMessage{f.Value}
}

// servers returns all members; voters those that vote.
func (c *Case) servers() nodes.Set { return c.members("") }
func (c *Case) voters() nodes.Set  { return c.members("participant") }

func (c *Case) members(role string) nodes.Set {
	var s nodes.Set
	for _, m := range c.Setup.Servers {
		if role == "" || m.Role == role {
			s = s.With(m.ID)
		}
	}
	return s
}

// Name returns the short name of the case: "p02".
func (c *Case) Name() string {
	name, _, _ := strings.Cut(c.ID, "-")
	return name
}

// ticks returns so many ticks as a time.
func (c *Case) ticks(n float64) time.Duration { return time.Duration(n * float64(c.tick())) }

func (c *Case) tick() time.Duration { return time.Duration(c.Setup.TickMS) * time.Millisecond }
