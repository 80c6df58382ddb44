package network

import "github.com/zabsim/zabsim/nodes"

// pipe is what is in flight towards one end, oldest first.
type pipe struct {
	items []Item
	head  int
	last  int64 // when the item sent last is due, also after it arrived; not if it was dropped
}

func (p *pipe) len() int    { return len(p.items) - p.head }
func (p *pipe) peek() *Item { return &p.items[p.head] }

// push adds a copy of an item and returns it.
func (p *pipe) push(it *Item) *Item {
	if p.head > 32 && p.head*2 > len(p.items) { // move up rather than grow for ever
		n := copy(p.items, p.items[p.head:])
		clear(p.items[n:])
		p.items, p.head = p.items[:n], 0
	}
	p.items = append(p.items, *it)
	return &p.items[len(p.items)-1]
}

func (p *pipe) pop() Item {
	it := p.items[p.head]
	p.items[p.head] = Item{}
	p.head++
	if p.head == len(p.items) {
		p.items, p.head = p.items[:0], 0
	}
	return it
}

// earliest returns the index of the item due first; the first of equals.
func (p *pipe) earliest() int {
	best := p.head
	for i := p.head + 1; i < len(p.items); i++ {
		if p.items[i].Due < p.items[best].Due {
			best = i
		}
	}
	return best
}

func (p *pipe) remove(i int) Item {
	it := p.items[i]
	copy(p.items[p.head+1:i+1], p.items[p.head:i])
	p.pop()
	return it
}

func (p *pipe) clear() { p.filter(func(ItemKind) bool { return false }) }

// keepOnly drops all items but those of one kind.
func (p *pipe) keepOnly(k ItemKind) { p.filter(func(kind ItemKind) bool { return kind == k }) }

// removeAll drops all items of one kind.
func (p *pipe) removeAll(k ItemKind) { p.filter(func(kind ItemKind) bool { return kind != k }) }

// filter drops all items but those of kinds that are to be kept. What is sent
// from now on does not wait for what was dropped, which can be far behind on a
// narrow link.
func (p *pipe) filter(keep func(ItemKind) bool) {
	kept := p.items[:0]
	p.last = 0
	for _, it := range p.items[p.head:] {
		if keep(it.Kind) {
			kept = append(kept, it)
			p.last = it.Due
		}
	}
	clear(p.items[len(kept):])
	p.items, p.head = kept, 0
}

func (p *pipe) clone() pipe {
	c := *p
	c.items, c.head = append([]Item(nil), p.items[p.head:]...), 0
	return c
}

// appendTo encodes kinds and messages; when they arrive is no part of the
// state that decides the future of an untimed execution.
func (p *pipe) appendTo(b []byte) []byte {
	b = append(b, byte(p.len()>>8), byte(p.len()))
	for i := range p.items[p.head:] {
		it := &p.items[p.head+i]
		b = append(b, byte(it.Kind))
		switch it.Kind {
		case Data:
			b = appendMessage(b, it.Msg)
		case unseen:
			b = append(b, byte(it.Size))
		}
	}
	return b
}

func appendMessage(b []byte, m nodes.Message) []byte {
	kind := m.Kind()
	b = append(b, byte(len(kind)))
	b = append(b, kind...)
	at := len(b)
	b = m.AppendTo(append(b, 0, 0))
	n := len(b) - at - 2
	b[at], b[at+1] = byte(n>>8), byte(n)
	return b
}
