package servers

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/sim/trace"
)

// Monitors that want the same events remember much the same. They are a panel of
// judges: one [checker.Watch], which keeps what they share once. What a panel
// remembers is a part, known by its number, and what all panels remember is the list of
// their numbers, a part as well. Most of what happens concerns few panels. The others
// stay as they are, and nothing is done for them; and what a panel makes of what it is
// shown is looked up.

// panel is the properties of which the monitors want the same events.
type panel struct {
	wants      trace.Set
	properties []int // by number
}

// panels groups properties by the events that their monitors want.
func panels(h *trace.Header, properties []checker.Property) []panel {
	var all []panel
	for i := range properties {
		wants := properties[i].New(h).Wants()
		n := slices.IndexFunc(all, func(p panel) bool { return p.wants == wants })
		if n < 0 {
			n = len(all)
			all = append(all, panel{wants: wants})
		}
		all[n].properties = append(all[n].properties, i)
	}
	return all
}

// sitting is a panel in the course of an execution. Monitors tell events apart by
// their numbers, so each panel counts those it sees.
type sitting struct {
	panel int
	watch *checker.Watch
	seq   uint64 // of the last event
}

// open returns a panel at the beginning of an execution.
func (sh *shared) open(panel int) *sitting {
	var properties []checker.Property
	for _, i := range sh.panels[panel].properties {
		properties = append(properties, sh.Setup.Properties[i])
	}
	return &sitting{panel: panel, watch: checker.NewWatch(sh.Header, properties)}
}

// appendTo appends an encoding, which is that of no panel but this.
func (s *sitting) appendTo(b []byte) []byte {
	return s.watch.AppendTo(append(b, 'p', byte(s.panel)))
}

// Wants implements [trace.Observer].
func (s *sitting) Wants() trace.Set { return s.watch.Wants() }

// Observe implements [trace.Observer].
func (s *sitting) Observe(e *trace.Event) {
	s.seq = e.Seq
	s.watch.Observe(e)
}

// verdicts has a bit for each property of a panel that is decided: broken, or shown
// to hold sometimes. What monitors would say if this were the end counts too: some
// look at the whole of what clients saw, and what must always hold must hold of
// every execution that ends here.
func (sh *shared) verdicts(s *sitting) (decided uint64) {
	found := s.watch.Clone().Finish()
	for _, i := range sh.panels[s.panel].properties {
		q := &sh.Setup.Properties[i]
		n := slices.IndexFunc(found, func(v *checker.Violation) bool { return v.Property == q.Name })
		switch {
		case n >= 0 && found[n].Inconclusive:
			sh.complain(fmt.Errorf("explore: %s cannot be judged: %s", q.Name, found[n].Message))
		case n >= 0 && q.Kind == checker.Always, n < 0 && q.Kind == checker.Sometimes:
			decided |= 1 << i
		}
	}
	return decided
}

// internSitting returns the number of what a panel remembers, which it does because of
// an excerpt it was shown when it remembered something else.
func (sh *shared) internSitting(s *sitting, excerpt, before uint32) uint32 {
	id, fresh := sh.table.intern(s.appendTo(nil), func() part {
		return part{slot: uint8(sh.judge), verdicts: sh.verdicts(s), recipe: sh.lists.add([]uint32{byExcerpt, excerpt, before})}
	})
	if fresh {
		sh.keep(id, s)
	}
	return id
}

// internSittings returns the number of what all panels remember.
func (sh *shared) internSittings(sittings []uint32) uint32 {
	enc := []byte{byte(sh.judge)}
	for _, id := range sittings {
		h := sh.table.hash(id)
		enc = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(enc, h[0]), h[1])
	}
	id, _ := sh.table.intern(enc, func() part {
		all := part{recipe: sh.lists.add(sittings)}
		for _, id := range sittings {
			all.verdicts |= sh.table.at(id).verdicts
		}
		return all
	})
	return id
}

// judge shows the monitors what happened in a step. Some of what is looked up is
// found out again: a monitor that depends on more than its encoding says is found.
func (w *World) judge(s *State, shown uint32) {
	sh := w.shared
	judges := s.ids[sh.judge]
	key := pair(shown, judges)
	after, known := sh.judged.get(key)
	if !known || sh.Unmemoised || w.doubted() {
		again := sh.judgeAll(judges, shown, known || sh.Unmemoised)
		if known && again != uint32(after) {
			sh.complain(fmt.Errorf("explore: the monitors of the properties did something else the second time they were shown the same: %w", explore.ErrHidden))
		}
		after = sh.judged.put(key, uint64(again))
	}
	s.put(sh.table, sh.judge, uint32(after))
}

// judgeAll returns what all panels remember when they have been shown something.
// If it is to be found out anew, nothing is looked up.
func (sh *shared) judgeAll(judges, shown uint32, anew bool) uint32 {
	sittings := slices.Clone(sh.lists.at(sh.table.at(judges).recipe))
	for n, excerpt := range *sh.shown.at(shown) {
		if excerpt != 0 {
			sittings[n] = sh.hear(sittings[n], excerpt, anew)
		}
	}
	return sh.internSittings(sittings)
}

// hear returns what a panel remembers when it has been shown an excerpt.
func (sh *shared) hear(id, excerpt uint32, anew bool) uint32 {
	key := pair(excerpt, id)
	if after, known := sh.heard.get(key); known && !anew {
		return uint32(after)
	}
	after := sh.internSitting(sh.hearing(id, excerpt), excerpt, id)
	sh.heard.put(key, uint64(after))
	return after
}

// hearing is hear for the panel itself.
func (sh *shared) hearing(id, excerpt uint32) *sitting {
	before := sh.live(id, nil).(*sitting)
	s := before.clone()
	s.hear(*sh.excerpts.at(excerpt))
	return s
}

func (s *sitting) clone() *sitting { return &sitting{s.panel, s.watch.Clone(), s.seq} }

// hear shows a panel an excerpt.
func (s *sitting) hear(excerpt []trace.Event) {
	var e trace.Event // one for all: monitors keep none
	for i := range excerpt {
		e = excerpt[i]
		e.Seq = s.seq + 1
		s.Observe(&e)
	}
}
