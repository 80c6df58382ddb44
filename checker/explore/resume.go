package explore

import (
	"context"
	"encoding/binary"
	"fmt"
)

// resume goes back to where the checkpoint was written.
func (b *bfs[S, A]) resume(ctx context.Context) error {
	c, words, err := readCheckpoint(b.o.Resume)
	if err != nil {
		return err
	}
	limit := b.o.Limits.Depth
	switch depth := len(c.Stats.Levels) - 1; {
	case c.Wide != b.o.Wide || c.Deadlock != b.o.Deadlock || c.KeepGoing != b.o.KeepGoing:
		return fmt.Errorf("explore: %s was written by a search with other options", b.o.Resume)
	case c.Model != b.identity() || len(c.Answers) != len(b.answers):
		return b.foreign()
	case limit > 0 && depth >= limit:
		return fmt.Errorf("explore: %s is of depth %d already, and the limit is %d", b.o.Resume, depth, limit)
	}
	last, err := b.rebuild(ctx, c.Stats.Levels, words)
	if err != nil {
		return err
	}
	if b.visited.sum() != c.Sum {
		return b.foreign()
	}
	b.stats = c.Stats
	b.started -= c.Stats.Elapsed
	for i, a := range c.Answers {
		b.answers[i] = answer{a.Decided, a.Route}
	}
	b.depth = len(c.Stats.Levels) - 1
	b.saved = c.States
	for _, s := range last {
		b.workers[0].writer.put(s)
	}
	b.next = level[S]{segments: b.workers[0].writer.flush(), n: uint64(len(last))}
	b.now = b.closeNext()
	b.expandFrom(&b.now, every)
	return nil
}

// foreign says that a checkpoint is of another model.
func (b *bfs[S, A]) foreign() error {
	return fmt.Errorf("explore: %s was written by a search of something else", b.o.Resume)
}

// rebuild finds the states again, level by level, each from that from which it was
// found, and returns those of the last level.
func (b *bfs[S, A]) rebuild(ctx context.Context, levels []uint64, words []byte) ([]S, error) {
	w := b.workers[0]
	above, first := w.model.Initial(), uint64(noParent) // whose states the words name
	for depth, n := range levels {
		if uint64(len(words)) < 8*n {
			return nil, b.foreign()
		}
		states := make([]S, 0, n)
		from := b.parents.n
		b.parents.extend(n)
		for i := range n {
			word := binary.LittleEndian.Uint64(words[8*i:])
			b.parents.set(from+i, word)
			s, ok := w.again(above, first, word, depth == 0)
			w.enc = w.model.AppendTo(w.enc[:0], s)
			if !ok || !b.visited.add(fingerprintOf(w.enc, b.o.Wide)) {
				return nil, b.foreign()
			}
			states = append(states, s)
		}
		words = words[8*n:]
		above, first = states, from
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	if len(words) > 0 {
		return nil, b.foreign()
	}
	return above, nil
}

// again finds a state the way that a word of parents says, among the states above
// it, of which the first has index first.
func (w *worker[S, A]) again(above []S, first, word uint64, initial bool) (s S, ok bool) {
	parent, ordinal := word>>ordinalBits, int(word&maxOrdinal)
	if initial {
		if parent != noParent || ordinal >= len(above) {
			return s, false
		}
		return above[ordinal], true
	}
	if parent < first || parent-first >= uint64(len(above)) {
		return s, false
	}
	s = above[parent-first]
	if w.actions = w.model.Actions(s, w.actions[:0]); ordinal >= len(w.actions) {
		return s, false
	}
	return w.model.Next(s, w.actions[ordinal])
}
