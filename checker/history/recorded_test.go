package history

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

const (
	h1 = "h1-kills-partitions"
	h2 = "h2-pinned-partitions-pauses"
)

// recorded returns a history in testdata: its lines, and what they say.
func recorded(t *testing.T, name string) ([][]byte, *History) {
	t.Helper()
	file, err := os.Open("testdata/" + name + ".jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(unzipped)
	if err != nil {
		t.Fatal(err)
	}
	h, err := Parse(name, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(bytes.Lines(content)), h
}

// The verdicts that the recorded histories are known to deserve.
func TestRecordedHistories(t *testing.T) {
	for _, c := range []struct {
		name                     string
		operations, reads, stale int
	}{
		{h1, 3664, 2048, 0},
		{h2, 4221, 3064, 9},
	} {
		_, h := recorded(t, c.name)
		if got := h.Len(); got != c.operations {
			t.Errorf("%s: %d operations, want %d", c.name, got, c.operations)
		}
		r := Judge(h, Options{})
		for _, check := range r.Checks[:2] {
			if check.Verdict != Holds || !check.ByZxid {
				t.Errorf("%s: %s %v: %v", c.name, check.Property, check.Verdict, check.Findings)
			}
		}
		reads := r.Checks[2]
		if reads.Judged != c.reads || len(reads.Findings) != c.stale || (reads.Verdict == Holds) != (c.stale == 0) {
			t.Errorf("%s: plain reads %v, %d of %d stale; want %d of %d", c.name, reads.Verdict, len(reads.Findings), reads.Judged, c.stale, c.reads)
		}
		if r.Verdict() != Holds {
			t.Errorf("%s: %v", c.name, r.Verdict())
		}
		if strict := Judge(h, Options{FreshReads: true}).Verdict(); (strict == Holds) != (c.stale == 0) {
			t.Errorf("%s: %v if reads must be fresh", c.name, strict)
		}
	}
}

// A search comes to the same verdicts where it comes to one in time.
func TestRecordedHistoryBySearch(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	_, h := recorded(t, h1)
	if v, findings := (&bySearch{h, enough}).linearizableWrites(); v != Holds {
		t.Errorf("writes: %v: %v", v, findings)
	}
}

// copyOf is a recorded history that is being altered.
type copyOf struct {
	*testing.T
	lines   [][]byte
	altered map[int]event // by line
	h       *History      // before
}

// alter returns a function that makes altered copies of a history.
func alter(t *testing.T, name string) func(*testing.T, func(*copyOf)) *History {
	t.Helper()
	original, h := recorded(t, name)
	return func(t *testing.T, how func(*copyOf)) *History {
		t.Helper()
		c := &copyOf{t, slices.Clone(original), map[int]event{}, h}
		how(c)
		for line, e := range c.altered {
			c.lines[line-1] = []byte(lines([]event{e}))
		}
		altered, err := Parse("altered", bytes.NewReader(bytes.Join(c.lines, nil)))
		if err != nil {
			t.Fatal(err)
		}
		return altered
	}
}

// line returns the event of a line, to be altered.
func (c *copyOf) line(n int) event {
	if c.altered[n] == nil {
		dec := json.NewDecoder(bytes.NewReader(c.lines[n-1]))
		dec.UseNumber()
		e := event{}
		if err := dec.Decode(&e); err != nil {
			c.Fatal(err)
		}
		c.altered[n] = e
	}
	return c.altered[n]
}

// first returns an operation with a property: the first from the middle on, or
// else the first of all.
func (c *copyOf) first(has func(*Op) bool) *Op {
	c.Helper()
	ops := c.h.Ops
	for i := range ops {
		if o := &ops[(i+len(ops)/2)%len(ops)]; has(o) {
			return o
		}
	}
	c.Fatal("the history has no such operation")
	return nil
}

// end returns the event that completes an operation.
func (c *copyOf) end(o *Op) event { return c.line(o.EndLine) }

// show makes an operation show what another one does.
func (c *copyOf) show(o, other *Op) {
	from, to := c.end(other), c.end(o)
	to["version"], to["zxid"] = from["version"], from["zxid"]
	to["value"] = json.RawMessage(other.Value)
}

// shows returns the first operation that showed a version.
func (c *copyOf) shows(key string, version int64) *Op {
	i := slices.IndexFunc(c.h.Ops, func(o Op) bool { return o.Key == key && o.Outcome == Done && o.Version == version })
	if i < 0 {
		return nil
	}
	return &c.h.Ops[i]
}

// seenBefore reports whether an operation that had returned when o was called
// shows the version of o or a newer one.
func (c *copyOf) seenBefore(o *Op, take func(*Op) bool) bool {
	return slices.ContainsFunc(c.h.Ops, func(p Op) bool {
		return p.Key == o.Key && p.Outcome == Done && p.Version >= o.Version && p.before(o) && take(&p)
	})
}

// Each planted violation is found, under its name, with its culprits.
func TestPlantedViolations(t *testing.T) {
	altered := map[string]func(*testing.T, func(*copyOf)) *History{h1: alter(t, h1), h2: alter(t, h2)}
	for _, c := range []struct {
		name, history string
		property      int // in the report
		message       string
		plant         func(c *copyOf) (culprits []*Op)
	}{
		{"a lost write", h1, 0, "one of them is lost", (*copyOf).loseWrite},
		{"a write that is gone in the end", h1, 0, "a stale final shows version", func(c *copyOf) []*Op {
			last := c.h.those(func(o *Op) bool { return o.Kind == FinalRead && o.Key == "k0" })[0]
			before := c.shows("k0", last.Version-1)
			args := c.line(last.Line)["args"].(map[string]any)
			for _, registers := range args["by_server"].(map[string]any) {
				registers.(map[string]any)["k0"] = map[string]any{
					"value": json.RawMessage(before.Value), "version": before.Version, "zxid": c.end(before)["zxid"],
				}
			}
			return nil
		}},
		{"a stale synced read", h1, 0, "a stale sync_read shows version", func(c *copyOf) []*Op {
			o := c.first(func(o *Op) bool {
				return o.Kind == SyncedRead && o.Outcome == Done && c.seenBefore(o, func(p *Op) bool { return p.Kind != Read }) && c.shows(o.Key, o.Version-1) != nil
			})
			c.show(o, c.shows(o.Key, o.Version-1))
			return []*Op{o}
		}},
		{"a session that goes back in time", h2, 1, "goes back in time", func(c *copyOf) []*Op {
			o := c.first(func(o *Op) bool {
				return o.Kind == Read && o.Outcome == Done && c.shows(o.Key, o.Version-1) != nil && c.seenBefore(o, func(p *Op) bool { return p.Session == o.Session })
			})
			c.show(o, c.shows(o.Key, o.Version-1))
			return []*Op{o}
		}},
		{"a session that goes back in time across registers", h2, 1, "goes back in time", func(c *copyOf) []*Op {
			var next *Op
			o := c.first(func(o *Op) bool {
				if o.Kind != Read || o.Outcome != Done || o.Version == 0 || c.shows(o.Key, o.Version-1) == nil {
					return false
				}
				next = c.shows(o.Key, o.Version)
				return slices.ContainsFunc(c.h.Ops, func(p Op) bool {
					return p.Session == o.Session && p.Key != o.Key && p.Outcome == Done && p.before(o) && next.Zxid.Less(p.Zxid)
				}) && !c.seenBefore(o, func(p *Op) bool { return p.Session == o.Session })
			})
			c.show(o, c.shows(o.Key, o.Version-1))
			return []*Op{o}
		}},
		{"a write that takes effect after a definite failure", h1, 0, "by a write that definitely failed", func(c *copyOf) []*Op {
			o := c.first(func(o *Op) bool { return o.Outcome == Done && c.seen(o, SyncedRead) })
			c.end(o)["type"] = "fail"
			return []*Op{o}
		}},
		{"the same, where only plain reads show it", h2, 1, "by a write that definitely failed", func(c *copyOf) []*Op {
			o := c.first(func(o *Op) bool {
				return o.Outcome == Unknown && c.seen(o, Read) && !c.seen(o, SyncedRead) && !c.seen(o, FinalRead)
			})
			c.end(o)["type"] = "fail"
			return []*Op{o}
		}},
		{"a write that is seen before it is asked for", h1, 0, "had been there", func(c *copyOf) []*Op {
			o := c.first(func(o *Op) bool { return o.Kind == Write && o.Outcome == Done })
			r := c.h.those(func(r *Op) bool { return r.Kind == SyncedRead && r.Outcome == Done && r.Key == o.Key && r.before(o) })[0]
			c.show(r, o)
			c.end(r)["value"] = json.RawMessage(o.Value)
			return nil
		}},
		{"a value that is not that of its version", h2, 1, `"never" of zxid`, func(c *copyOf) []*Op {
			o := c.first(func(o *Op) bool { return o.Kind == Read && o.Outcome == Done })
			c.end(o)["value"] = "never"
			return []*Op{o}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var culprits []*Op
			h := altered[c.history](t, func(alter *copyOf) { culprits = c.plant(alter) })
			r := Judge(h, Options{})
			check := r.Checks[c.property]
			if check.Verdict != Violated || r.Verdict() != Violated || len(check.Findings) == 0 {
				t.Fatalf("%s %v", check.Property, check.Verdict)
			}
			f := check.Findings[0]
			if !strings.Contains(f.Message, c.message) {
				t.Errorf("found %q, want %q", f.Message, c.message)
			}
			for _, o := range culprits {
				if !slices.ContainsFunc(f.Ops, func(p *Op) bool { return p.ID == o.ID && p.Line == o.Line && p.EndLine == o.EndLine }) {
					t.Errorf("%s is not among those that are named: %v", o.Where(), f.Ops)
				}
			}
		})
	}
}

// loseWrite takes a write that was acknowledged out of the history: all that
// followed happens as if it had not been.
func (c *copyOf) loseWrite() []*Op {
	var next *Op
	lost := c.first(func(o *Op) bool {
		next = c.shows(o.Key, o.Version+1)
		return o.Kind == Write && o.Outcome == Done && c.shows(o.Key, o.Version-1) != nil && next != nil && next.Kind.Writes() && o.before(next)
	})
	next = c.shows(lost.Key, lost.Version+1)
	before := c.shows(lost.Key, lost.Version-1)
	for i := range c.h.Ops {
		o := &c.h.Ops[i]
		if o.Key != lost.Key || o == lost || o.Kind == FinalRead {
			continue
		}
		if o.Kind == CAS && o.Expect.Version >= lost.Version {
			c.line(o.Line)["expect_version"] = o.Expect.Version - 1
		}
		switch {
		case o.Outcome != Done || o.Version < lost.Version:
		case o.Version == lost.Version:
			c.show(o, before)
		default:
			c.end(o)["version"] = o.Version - 1
		}
	}
	return []*Op{lost, next}
}

// seen reports whether operations of a kind show the effect of a write.
func (c *copyOf) seen(o *Op, by Kind) bool {
	return o.Kind.Writes() && slices.ContainsFunc(c.h.Ops, func(p Op) bool {
		return p.Key == o.Key && p.Value == o.Value && p.Kind == by && p.Outcome == Done
	})
}

// What is unusual but right passes.
func TestNearMisses(t *testing.T) {
	altered := map[string]func(*testing.T, func(*copyOf)) *History{h1: alter(t, h1), h2: alter(t, h2)}
	for _, c := range []struct {
		name, history string
		stale         int // more than before
		alter         func(c *copyOf)
	}{
		{"a synced read that runs beside the write it misses", h1, 0, func(c *copyOf) {
			o := c.first(func(o *Op) bool {
				return o.Kind == SyncedRead && o.Outcome == Done && c.shows(o.Key, o.Version-1) != nil && !c.seenBefore(o, func(*Op) bool { return true })
			})
			c.show(o, c.shows(o.Key, o.Version-1))
		}},
		{"a stale read in a session that has seen nothing newer", h2, 1, func(c *copyOf) {
			o := c.first(func(o *Op) bool {
				next := c.shows(o.Key, o.Version)
				return o.Kind == Read && o.Outcome == Done && c.shows(o.Key, o.Version-1) != nil &&
					c.seenBefore(o, func(*Op) bool { return true }) &&
					!slices.ContainsFunc(c.h.Ops, func(p Op) bool {
						return p.Session == o.Session && p.Outcome == Done && p.Call < o.Call && !p.Zxid.Less(next.Zxid)
					})
			})
			c.show(o, c.shows(o.Key, o.Version-1))
		}},
		{"an acknowledged write whose client was told nothing", h1, 0, func(c *copyOf) {
			c.end(c.first(func(o *Op) bool { return o.Kind == Write && o.Outcome == Done }))["type"] = "info"
		}},
		{"a write that never completes", h1, 0, func(c *copyOf) {
			o := c.first(func(o *Op) bool { return o.Kind == Write && o.Outcome == Done })
			c.lines[o.EndLine-1] = nil
		}},
		{"a write of unknown outcome that nobody saw has failed", h1, 0, func(c *copyOf) {
			o := c.first(func(o *Op) bool {
				return o.Kind == Write && o.Outcome == Unknown && !c.seen(o, Read) && !c.seen(o, SyncedRead) && !c.seen(o, FinalRead)
			})
			c.end(o)["type"] = "fail"
		}},
		{"a version that nobody saw", h2, 0, func(c *copyOf) {
			o := c.first(func(o *Op) bool { return o.Kind == Write && o.Outcome == Done })
			for i := range c.h.Ops {
				if p := &c.h.Ops[i]; p.Key == o.Key && p.Outcome == Done && p.Version == o.Version {
					c.end(p)["type"] = "info"
				}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before int
			h := altered[c.history](t, func(alter *copyOf) {
				before = len(Judge(alter.h, Options{}).Checks[2].Findings)
				c.alter(alter)
			})
			r := Judge(h, Options{})
			if r.Verdict() != Holds {
				t.Errorf("%v", r.Checks)
			}
			if got := len(r.Checks[2].Findings); got != before+c.stale {
				t.Errorf("%d stale reads, want %d more than %d", got, c.stale, before)
			}
		})
	}
}
