package reports

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// maxLines bounds a story: what does not fit a screen is not read.
const maxLines = 20

// story is how a violation came about: the events that led to it, in order,
// without those that are of no interest to anybody.
type story struct {
	lines   []storyLine
	events  int // that the lines tell
	leftOut int // events that would have made it too long
}

// storyLine is one event of a story in words.
type storyLine struct {
	when  string
	who   string
	text  string
	aside string // what else was so: "s5 still leads", "< violation"
}

// weight says how little of a story is lost without an event: what has the
// greatest goes first when a story is too long.
type weight uint8

const (
	evidence weight = iota // the property named it
	landmark               // faults, requests, commits, servers that begin or cease to serve
	carrier                // a message on the way to the evidence
	passing                // steps of an election, and the messages behind them
	offstage               // tells nothing by itself: deliveries, fsyncs, timers, heartbeats
)

// tell returns the story of a finding.
func tell(r *Run, f *Finding) *story {
	mark := "< violation"
	if f.Shown {
		mark = "< shown"
	}
	return past(r, f).story(mark)
}

// weigh says how much an event matters to the story.
func (t *teller) weigh(e *event) weight {
	switch {
	case t.evidence[e.seq]:
		return evidence
	case e.flags&heartbeat != 0 || isBoot(e):
		return offstage
	}
	switch e.kind {
	case trace.View:
		switch v := e.what.(*view); {
		case !changesRole(v):
			return offstage
		case v.before.Serving || v.after.Serving:
			return landmark
		}
		return passing
	case trace.Commit, trace.Request, trace.Start, trace.Crash, trace.MachineCrash, trace.Exit, trace.Panic,
		trace.Pause, trace.Resume, trace.Cut, trace.Heal, trace.Fault:
		return landmark
	case trace.Send:
		if t.direct[e.seq] {
			return carrier
		}
		return passing
	}
	return offstage
}

// beat is what one line of a story tells: an event, or several that are the
// same to the reader.
type beat struct {
	events []*event
	weight weight
}

// beats returns what there is to tell, evidence first, of equal weight the
// latest first.
func (t *teller) beats() []beat {
	var all []beat
	for i := range t.events {
		e := &t.events[i]
		w := t.weigh(e)
		if !t.chosen[e.seq] || w == offstage {
			continue
		}
		if same := t.same(all, e); same != nil && w != evidence {
			same.events = append(same.events, e)
			same.weight = min(same.weight, w)
		} else {
			all = append(all, beat{[]*event{e}, w})
		}
	}
	slices.SortStableFunc(all, func(a, b beat) int {
		return cmp.Or(cmp.Compare(a.weight, b.weight), cmp.Compare(b.events[0].seq, a.events[0].seq))
	})
	return all
}

// same returns the beat that e belongs to, out of those so far, or nil.
func (t *teller) same(beats []beat, e *event) *beat {
	const together = 100 * time.Millisecond
	for i := len(beats) - 1; i >= 0 && e.time-beats[i].events[0].time <= together; i-- {
		if t.alike(beats[i].events[0], e) {
			return &beats[i]
		}
	}
	return nil
}

// alike reports whether two events are the same to the reader: copies of a
// message sent in one step, or servers that change alike.
func (t *teller) alike(a, b *event) bool {
	switch {
	case a.kind != b.kind, t.Untimed && a.kind != trace.Send: // without times nothing happens at the same time
		return false
	case a.kind == trace.Send:
		return a.server == b.server && a.back != 0 && a.seq-uint64(a.back) == b.seq-uint64(b.back) && a.printed() == b.printed()
	default:
		return a.kind == trace.View && a.server != b.server && t.change(a) == t.change(b)
	}
}

// story puts the beats into words: all, or those without which most would be
// lost. Between them stand the captions of the scenario. The last piece of evidence
// has a mark.
func (t *teller) story(mark string) *story {
	all := t.beats()
	s := &story{}
	for _, b := range all[min(maxLines, len(all)):] {
		s.leftOut += len(b.events)
	}
	all = all[:min(maxLines, len(all))]
	slices.SortFunc(all, func(a, b beat) int { return cmp.Compare(a.events[0].seq, b.events[0].seq) })
	captions := t.header.Captions
	for _, b := range all {
		e, who := b.events[0], t.who(b.events[0])
		for ; !t.Untimed && len(captions) > 0 && captions[0].At <= e.time; captions = captions[1:] {
			s.lines = append(s.lines, storyLine{seconds(captions[0].At), "note", captions[0].Text, ""})
		}
		if e.kind == trace.View && len(b.events) > 1 {
			var servers nodes.Set
			for _, e := range b.events {
				servers = servers.With(e.server)
			}
			who = bare(servers)
		}
		s.events += len(b.events)
		s.lines = append(s.lines, storyLine{t.when(e), who, t.words(e), t.aside(e)})
	}
	if last := len(s.lines) - 1; len(t.evidence) > 0 && last >= 0 {
		s.lines[last].aside = strings.TrimSuffix(mark+", "+s.lines[last].aside, ", ")
	}
	return s
}

// broadcast returns all events that send the same message in the same step, in
// order, or nil if e is no sending.
func (r *Recording) broadcast(e *event) []*event {
	if e.kind != trace.Send {
		return nil
	}
	var all []*event
	same := func(o *event) bool {
		return o.kind == trace.Send && o.server == e.server && o.printed() == e.printed()
	}
	sameStep := func(o *event) bool {
		return o.time == e.time && o.seq-uint64(o.back) == e.seq-uint64(e.back) && e.back != 0 && o.back != 0
	}
	i := r.index(e.seq)
	for i > 0 && sameStep(&r.events[i-1]) {
		i--
	}
	for ; i < len(r.events) && (r.events[i].seq <= e.seq || sameStep(&r.events[i])); i++ {
		if same(&r.events[i]) {
			all = append(all, &r.events[i])
		}
	}
	return all
}
