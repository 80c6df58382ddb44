package servers

import (
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/sim/trace"
)

// judges are the monitors of one execution: those of what must always hold
// together, those of what must hold sometimes one by one.
type judges struct {
	properties []checker.Property
	watch      *checker.Watch
	sometimes  []checker.Monitor // by property; nil for the others
}

func newJudges(h *trace.Header, properties []checker.Property) *judges {
	j := &judges{properties: properties}
	var always []checker.Property
	for i := range properties {
		var m checker.Monitor
		if p := &properties[i]; p.Kind == checker.Sometimes {
			m = p.New(h)
		} else {
			always = append(always, *p)
		}
		j.sometimes = append(j.sometimes, m)
	}
	j.watch = checker.NewWatch(h, always)
	return j
}

func (j *judges) clone() *judges {
	c := &judges{properties: j.properties, watch: j.watch.Clone(), sometimes: slices.Clone(j.sometimes)}
	for i, m := range c.sometimes {
		if m != nil {
			c.sometimes[i] = m.Clone()
		}
	}
	return c
}

// Wants implements [trace.Observer].
func (j *judges) Wants() trace.Set {
	wants := j.watch.Wants()
	for _, m := range j.sometimes {
		if m != nil {
			wants |= m.Wants()
		}
	}
	return wants
}

// Observe implements [trace.Observer].
func (j *judges) Observe(e *trace.Event) {
	if j.watch.Wants().Has(e.Kind) {
		j.watch.Observe(e)
	}
	for _, m := range j.sometimes {
		if m != nil && m.Wants().Has(e.Kind) {
			m.Observe(e)
		}
	}
}

func (j *judges) appendTo(b []byte) []byte {
	b = j.watch.AppendTo(b)
	for _, m := range j.sometimes {
		if m != nil {
			b = m.AppendTo(b)
		}
	}
	return b
}

// verdicts has a bit for each property that is decided: broken, or shown to
// hold sometimes. What monitors would say if this were the end counts too: some
// look at the whole of what clients saw, and what must always hold must hold of
// every execution that ends here.
func (j *judges) verdicts() (decided uint64, trouble error) {
	found := j.watch.Clone().Finish()
	for i := range j.properties {
		name := j.properties[i].Name
		if m := j.sometimes[i]; m != nil {
			if m.Clone().Finish() == nil {
				decided |= 1 << i
			}
			continue
		}
		for _, v := range found {
			switch {
			case v.Property != name:
			case v.Inconclusive:
				trouble = fmt.Errorf("explore: %s cannot be judged: %s", name, v.Message)
			default:
				decided |= 1 << i
			}
		}
	}
	return decided, trouble
}

// internJudges returns the number of what the monitors remember.
func (sh *shared) internJudges(j *judges, scratch []byte) uint32 {
	enc := j.appendTo(append(scratch[:0], byte(sh.judge)))
	return sh.table.intern(enc, func() part {
		decided, trouble := j.verdicts()
		if trouble != nil {
			sh.trouble.CompareAndSwap(nil, &trouble)
		}
		return part{live: j, verdicts: decided}
	})
}

// judgedKey names what the monitors remember and what they are shown.
type judgedKey struct {
	judges uint32
	of     *outcome
}

// judge shows the monitors what happened in a step.
func (w *World) judge(s *State, o *outcome) {
	slot := w.shared.judge
	key := judgedKey{s.ids[slot], o}
	id, known := w.judged[key]
	if !known {
		j := w.shared.table.at(s.ids[slot]).live.(*judges).clone()
		for i := range o.shown {
			e := o.shown[i]
			w.seq++ // monitors tell events apart by their numbers
			e.Seq = w.seq
			j.Observe(&e)
		}
		id = w.shared.internJudges(j, w.enc)
		w.judged[key] = id
	}
	s.put(w.shared.table, slot, id)
}

// recorder keeps copies of the events that monitors want.
type recorder struct {
	wants  trace.Set
	events []trace.Event
}

// Wants implements [trace.Observer].
func (r *recorder) Wants() trace.Set { return r.wants }

// Observe implements [trace.Observer].
func (r *recorder) Observe(e *trace.Event) {
	c := *e
	if e.Kind == trace.View {
		before, after := *e.Before, *e.After
		c.Before, c.After = &before, &after
	}
	if e.Disk != nil {
		disk := *e.Disk
		c.Disk = &disk
	}
	r.events = append(r.events, c)
}
