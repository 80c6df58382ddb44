package disk

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
)

type rec int

func (r rec) Kind() string             { return "rec" }
func (r rec) Position() nodes.Position { return nodes.Position{Index: uint64(r)} }
func (r rec) AppendTo(b []byte) []byte { return append(b, byte(r)) }

func read(d *Disk) string { return fmt.Sprint(d.Image().Records(0)) }

// pick answers every choice with one number, or the largest allowed.
type pick int64

func (p pick) Intn(n int64, _ *choice.Stream) int64 { return min(int64(p), n-1) }

func TestCrashes(t *testing.T) {
	tests := []struct {
		name          string
		do            func(*Disk)
		process       string
		power0, power string // what the dullest and the worst power loss leave
	}{
		{"appended", func(d *Disk) { d.Append(0, rec(1)); d.Append(0, rec(2)) }, "[1 2]", "[1 2]", "[]"},
		{"synced", func(d *Disk) { d.Append(0, rec(1)); d.Sync(0, 1, Meta{}); d.Done(0); d.Append(0, rec(2)) }, "[1 2]", "[1 2]", "[1]"},
		{"fsync under way", func(d *Disk) { d.Append(0, rec(1)); d.Sync(0, 1, Meta{}) }, "[1]", "[1]", "[]"},
		{"written after fsync was asked for", func(d *Disk) { d.Append(0, rec(1)); d.Sync(0, 1, Meta{}); d.Append(0, rec(2)); d.Done(0) }, "[1 2]", "[1 2]", "[1]"},
		{"cut, not synced", func(d *Disk) {
			d.Append(0, rec(1))
			d.Append(0, rec(2))
			d.Sync(0, 1, Meta{})
			d.Done(0)
			d.Truncate(0, 1)
			d.Append(0, rec(3))
		}, "[1 3]", "[1 3]", "[1 2]"},
		{"cut and synced", func(d *Disk) {
			d.Append(0, rec(1))
			d.Append(0, rec(2))
			d.Sync(0, 1, Meta{})
			d.Done(0)
			d.Truncate(0, 1)
			d.Append(0, rec(3))
			d.Sync(0, 1, Meta{})
			d.Done(0)
		}, "[1 3]", "[1 3]", "[1 3]"},
		{"fsync asked for before the cut does not cover it", func(d *Disk) {
			d.Append(0, rec(1))
			d.Append(0, rec(2))
			d.Sync(0, 1, Meta{})
			d.Done(0)
			d.Sync(0, 2, Meta{})
			d.Truncate(0, 0)
			d.Done(0)
		}, "[]", "[]", "[1 2]"},
		{"replaced", func(d *Disk) { d.Replace(0, rec(1), 1, Meta{}); d.Done(0) }, "[1]", "[1]", "[1]"},
		{"replace under way", func(d *Disk) { d.Replace(0, rec(1), 1, Meta{}); d.Done(0); d.Replace(0, rec(2), 1, Meta{}) }, "[1]", "[1]", "[2]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d, s := New(1), choice.NewStream("")
			test.do(d)
			process, dull, worst := d.Clone(), d.Clone(), d.Clone()
			process.Crash()
			dull.PowerLoss(pick(0), &s)
			worst.PowerLoss(pick(1<<40), &s)
			if got := read(process); got != test.process {
				t.Errorf("a process crash leaves %s, want %s", got, test.process)
			}
			if got := read(dull); got != test.power0 {
				t.Errorf("the dullest power loss leaves %s, want %s", got, test.power0)
			}
			if got := read(worst); got != test.power {
				t.Errorf("the worst power loss leaves %s, want %s", got, test.power)
			}
		})
	}
}

func TestDoneNamesTicketAndLastDurableRecord(t *testing.T) {
	d := New(1)
	d.Append(0, rec(1))
	d.Sync(0, 7, Meta{Cause: 3})
	d.Append(0, rec(2))
	d.Sync(0, 8, Meta{})
	if m, busy := d.Next(0); !busy || m.Cause != 3 {
		t.Errorf("next fsync is %+v, %v", m, busy)
	}
	for _, want := range []rec{1, 2} {
		if ticket, last := d.Done(0); ticket != nodes.Ticket(want)+6 || last != want {
			t.Errorf("done: ticket %d, last %v; want %v", ticket, last, want)
		}
	}
	if _, busy := d.Next(0); busy {
		t.Error("still busy")
	}
}

// Whatever is done: a power loss leaves a state that the file was in at some
// moment since the last fsync that came back.
func TestPowerLossLeavesAMomentSinceTheLastFsync(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := New(1)
		moments := []string{read(d)}
		type asked struct{ from int }
		var syncs []asked
		for i := range rapid.IntRange(1, 30).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				d.Append(0, rec(i+1))
				moments = append(moments, read(d))
			case 2:
				d.Sync(0, 1, Meta{})
				syncs = append(syncs, asked{len(moments) - 1})
			case 3:
				if len(syncs) > 0 {
					d.Done(0)
					syncs = syncs[1:]
				}
			}
		}
		s := choice.NewStream("power")
		lost := d.Clone()
		lost.PowerLoss(choice.Seed(rapid.Uint64().Draw(t, "seed")), &s)
		if !slices.Contains(moments, read(lost)) {
			t.Fatalf("left %s, which the file never was: %v", read(lost), moments)
		}
	})
}

func TestCloneIsIndependent(t *testing.T) {
	d := New(1)
	for i := range 5 {
		d.Append(0, rec(i))
	}
	d.Sync(0, 1, Meta{})
	c := d.Clone()
	before := c.AppendTo(nil)
	d.Truncate(0, 2)
	d.Append(0, rec(99))
	d.Done(0)
	if !bytes.Equal(before, c.AppendTo(nil)) {
		t.Errorf("the clone changed to %s", read(c))
	}
	c.Append(0, rec(50))
	if read(d) != "[0 1 99]" {
		t.Errorf("the original changed to %s", read(d))
	}
}
