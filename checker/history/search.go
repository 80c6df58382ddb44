package history

import (
	"fmt"
	"time"

	"github.com/zabsim/zabsim/checker/internal/search"
	"github.com/zabsim/zabsim/nodes"
)

// bySearch judges a history without zxids.
type bySearch struct {
	h      *History
	budget time.Duration
}

func (s *bySearch) linearizableWrites() (Verdict, []Finding) {
	return s.linearize(ordered(s.h.those((*Op).counts)))
}

func (s *bySearch) linearizable() (Verdict, []Finding) {
	return s.linearize(s.h.those((*Op).counts))
}

func (s *bySearch) linearize(ops []*Op) (Verdict, []Finding) {
	if c := newConstraints(s.h, ops, nil, func(*Op) bool { return true }); c != nil {
		if v, findings := c.decide(); v != Undecided {
			return v, findings
		}
	}
	return s.searchLinearization(ops)
}

func (s *bySearch) searchLinearization(ops []*Op) (Verdict, []Finding) {
	l := linearization(s.h, ops)
	switch l.Check(s.budget) {
	case search.Found:
		return Holds, nil
	case search.Unknown:
		return Undecided, nil
	case search.None:
	}
	c := l.Culprit(s.budget)
	if c.Index < 0 {
		return Violated, []Finding{{Message: "no order of the operations agrees with their results and with real time"}}
	}
	o := ops[c.Index]
	return Violated, []Finding{{o.Key, fmt.Sprintf(
		"a %v fits into no order of the operations; the longest order that does without it has %d of them", o.Kind, len(c.Order)), []*Op{o}}}
}

// content is what a register has.
type content struct {
	version int64 // if they are recorded
	value   string
	zxid    nodes.Position // of the write that made it, or if that is unknown, of one before it
	exact   bool           // zxid is that of the write
}

// linearization is the search for an order of operations in which a versioned
// register could have carried them out.
func linearization(h *History, ops []*Op) *search.Search {
	clients := map[string]int{}
	history := make([]search.Operation[*Op], len(ops))
	for i, o := range ops {
		if _, known := clients[o.Client]; !known {
			clients[o.Client] = len(clients)
		}
		history[i] = operation(o)
		history[i].Client = clients[o.Client]
	}
	r := rules{versions: h.versioned(), zxids: true}
	return search.New(&search.Model[content, *Op]{
		Initial: content{version: h.InitialVersion, value: h.Initial},
		Step:    r.step,
		Equal:   func(a, b content) bool { return a == b },
		Hash:    func(c content) uint64 { return uint64(c.fold(0)) },
		Show:    content.String,
		Key:     func(o *Op) string { return o.Key },
	}, history)
}

// operation returns an operation as the search wants it.
func operation(o *Op) search.Operation[*Op] {
	s := search.Operation[*Op]{Op: o, Call: int64(o.Call), Return: search.Never, Describe: func() (what, when string) {
		return o.String(), o.Where()
	}}
	if o.Return > 0 && o.Outcome != Unknown {
		s.Return = int64(o.Return)
	}
	return s
}

// versioned reports whether any operation speaks of versions. If none does,
// they are not counted: states that differ in nothing else are the same.
func (h *History) versioned() bool {
	for i := range h.Ops {
		if o := &h.Ops[i]; o.Placed || o.Kind == CAS && !o.Expect.ByValue {
			return true
		}
	}
	return false
}

// rules say what of the recorded results a register must agree with, besides
// values.
type rules struct{ versions, zxids bool }

// step carries out an operation, if it can have returned what it did.
func (r rules) step(c content, o *Op) (content, bool) {
	if !o.Kind.Writes() {
		return r.read(c, o)
	}
	if o.Kind == CAS {
		asExpected := c.version == o.Expect.Version
		if o.Expect.ByValue {
			asExpected = c.value == o.Expect.Value
		}
		if !asExpected || o.Refused {
			return c, o.Outcome == Unknown || o.Refused && !asExpected
		}
	}
	c.value, c.exact = o.Value, false
	if r.versions {
		c.version++
	}
	if !o.Placed {
		return c, true
	}
	right := c.version == o.Version && (!r.zxids || c.zxid.Less(o.Zxid))
	if r.zxids {
		c.zxid, c.exact = o.Zxid, true
	}
	return c, right
}

// read finds out the zxid as well, if the write's outcome was unknown.
func (r rules) read(c content, o *Op) (content, bool) {
	right := c.value == o.Value && (!o.Placed || c.version == o.Version)
	if o.Placed && r.zxids {
		right = right && (c.zxid == o.Zxid || !c.exact && c.zxid.Less(o.Zxid))
		c.zxid, c.exact = o.Zxid, true
	}
	return c, right
}

func (c content) fold(d nodes.Digest) nodes.Digest {
	d = d.Text(c.value).Word(uint64(c.version)).Word(c.zxid.Epoch).Word(c.zxid.Index)
	if c.exact {
		d = d.Word(1)
	}
	return d
}

// String returns the content in words.
func (c content) String() string {
	s := c.value
	if c.version != 0 {
		s += fmt.Sprintf(", version %d", c.version)
	}
	return s
}
