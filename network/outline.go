package network

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// What a server does depends on its connections, and on the message that reaches
// it, but not on the messages that are on their way besides: it can only add to
// them, or lose them all. So whatever a step does to the outline of a link, in
// which something unseen stands for those messages, it does to every link with
// that outline.
//
// A mailbox is in its outline as it is: how its connection fares does depend on
// what is on its way.

// SetOutline puts the outline of what lies between two servers in its place: for a
// step that at most takes the head of a route, and, if it severs that route, all of
// it. The zero Route is none.
func (w *Network) SetOutline(a, b nodes.ID, v Between, r Route, severs bool) {
	for ch := range w.specs {
		l := w.peek(nodes.Channel(ch), a, b)
		*l = v.links[ch].clone()
		if w.specs[ch].Mode == nodes.Mailbox {
			continue
		}
		var taken *pipe
		if r.To != 0 && int(r.On) == ch {
			taken = w.pipe(r)
		}
		l.eachPipe(func(p *pipe) {
			switch {
			case p != taken:
				p.items = append(p.items[:0], Item{Kind: unseen})
			case !severs:
				p.items = append(p.items[:1], Item{Kind: unseen, Size: 1})
			}
		})
	}
}

// eachPipe calls back for what is in flight, in each direction of each connection.
func (l *link) eachPipe(do func(*pipe)) {
	for i := range l.conns {
		for side := range l.conns[i].ends {
			do(&l.conns[i].ends[side].in)
		}
	}
	for end := range 2 {
		do(&l.auto[end])
		do(&l.grams[end])
	}
}

// Fill returns what becomes of v in a step after which its outline is this one;
// touched says of which channels. Of the others v stays as it is.
func (outline Between) Fill(v Between, touched func(nodes.Channel) bool) Between {
	filled := Between{slices.Clone(v.links)}
	for ch := range filled.links {
		if touched(nodes.Channel(ch)) {
			filled.links[ch] = outline.links[ch].fill(&v.links[ch])
		}
	}
	return filled
}

func (l *link) fill(from *link) link {
	c := l.clone()
	for i := range c.conns {
		at := slices.IndexFunc(from.conns, func(old conn) bool { return old.name == c.conns[i].name })
		if at < 0 {
			continue // a new one
		}
		for side := range c.conns[i].ends {
			c.conns[i].ends[side].in.fill(&from.conns[at].ends[side].in)
		}
	}
	for end := range 2 {
		c.auto[end].fill(&from.auto[end])
		c.grams[end].fill(&from.grams[end])
	}
	return c
}

// fill puts what was on its way in its place again, without what was taken.
func (p *pipe) fill(from *pipe) {
	if len(p.items) > 0 && p.items[0].Kind == unseen {
		p.items = slices.Replace(p.items, 0, 1, from.items[p.items[0].Size:]...)
	}
}

// AppendOutline appends the encoding of the outline of what lies between two servers
// on one channel.
func (w *Network) AppendOutline(b []byte, x, y nodes.ID, ch nodes.Channel) []byte {
	l := w.peek(ch, x, y).clone()
	mode := w.specs[ch].Mode
	if mode != nodes.Mailbox {
		l.eachPipe(func(p *pipe) { p.clear() })
	}
	return l.appendTo(b, mode)
}

// AppendTaken appends what a step looks at that takes the head of a route, or
// severs it.
func (w *Network) AppendTaken(b []byte, r Route, severs bool) []byte {
	p := w.pipe(r)
	if w.specs[r.On].Mode == nodes.Mailbox {
		return b // it is in the outline
	}
	seen := p.clone()
	if !severs {
		seen.items = seen.items[:1]
	}
	return seen.appendTo(b)
}
