package disk

import (
	"fmt"
	"testing"

	"github.com/zabsim/zabsim/sim/choice"
)

func TestTrouble(t *testing.T) {
	sync := func(d *Disk) {
		d.Sync(0, 1, Meta{})
		d.Done(0)
	}
	durable := func(d *Disk) { d.Append(0, rec(1)); sync(d) }
	for _, test := range []struct {
		name  string
		do    func(*Disk)
		dull  string // what a power loss leaves at best ...
		worst string // ... and at worst
		torn  bool
	}{
		{"nothing to tear", func(d *Disk) { durable(d); d.Tear() }, "[1]", "[1]", false},
		{"torn", func(d *Disk) { durable(d); d.Append(0, rec(2)); d.Append(0, rec(3)); d.Tear() }, "[1 2]", "[1]", true},
		{"torn, then written over", func(d *Disk) {
			durable(d)
			d.Append(0, rec(2))
			d.Tear()
			s := choice.NewStream("power")
			d.PowerLoss(pick(0), &s)
			d.Append(0, rec(4))
		}, "[1 4]", "[1]", false},
		{"lying fsync", func(d *Disk) { durable(d); d.SetTrouble(Lying); d.Append(0, rec(2)); sync(d) }, "[1 2]", "[1]", false},
		{"the truth after a lie", func(d *Disk) { d.SetTrouble(Lying); durable(d); d.SetTrouble(Well); sync(d) }, "[1]", "[1]", false},
		{"lying replace", func(d *Disk) {
			d.Replace(0, rec(1), 1, Meta{})
			d.Done(0)
			d.SetTrouble(Lying)
			d.Replace(0, rec(2), 1, Meta{})
			d.Done(0)
			d.Replace(0, rec(3), 1, Meta{})
			d.Done(0)
		}, "[3]", "[1]", false},
		{"failed fsync", func(d *Disk) { d.SetTrouble(Failing); d.Append(0, rec(1)); d.Sync(0, 1, Meta{}); d.Fail(0) }, "[1]", "[]", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			for best, want := range map[bool]string{true: test.dull, false: test.worst} {
				d := New(1)
				test.do(d)
				s := choice.NewStream("power")
				if best {
					d.PowerLoss(pick(0), &s)
				} else {
					d.PowerLoss(pick(1<<40), &s)
				}
				image := d.Image()
				if got := fmt.Sprint(image.Records(0)); got != want {
					t.Errorf("a power loss left %s, want %s", got, want)
				}
				if image.IsTorn(0) != test.torn {
					t.Errorf("torn: %v", image.IsTorn(0))
				}
			}
		})
	}
}

func TestFullDiskRefusesInOrder(t *testing.T) {
	d := New(1)
	d.Append(0, rec(1))
	d.Sync(0, 7, Meta{})
	d.SetTrouble(Full)
	d.Refuse(0, Meta{})
	if d.Fails(0) {
		t.Error("the fsync of what was written before fails")
	}
	d.Done(0)
	if !d.Fails(0) || d.Fail(0) != 0 {
		t.Error("the write that was refused does not fail with ticket 0")
	}
	d.Replace(0, rec(2), 8, Meta{})
	if !d.Fails(0) || d.Fail(0) != 8 || fmt.Sprint(d.Image().Records(0)) != "[1]" {
		t.Errorf("a replace on a full disk leaves %v", d.Image().Records(0))
	}
}

func TestRotSparesClones(t *testing.T) {
	d := New(2)
	d.Append(1, rec(1))
	d.Append(1, rec(2))
	c := d.Clone()
	d.Rot(1, 0)
	if f, rotten := d.Image().Rotten(); !rotten || f != 1 || d.Records(1) != 2 {
		t.Errorf("rotten: %v, in file %d of %d records", rotten, f, d.Records(1))
	}
	if _, rotten := c.Image().Rotten(); rotten {
		t.Error("a clone rots too")
	}
	if string(d.AppendTo(nil)) == string(c.AppendTo(nil)) {
		t.Error("both are encoded alike")
	}
}

func TestParseTrouble(t *testing.T) {
	for _, want := range []Trouble{Well, Failing, Full, Lying} {
		if got, ok := ParseTrouble(want.String()); !ok || got != want {
			t.Errorf("%v is read as %v", want, got)
		}
	}
	if _, ok := ParseTrouble("ill"); ok {
		t.Error("a disk can be ill")
	}
}
