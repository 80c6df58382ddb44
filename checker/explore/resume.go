package explore

import (
	"context"
	"fmt"
)

// resume goes back to where the checkpoint was written: as the search did, from
// level to level, but each state is found at the first attempt, from the one from
// which it was found then.
func (b *bfs[S, A]) resume(ctx context.Context) error {
	c, err := openCheckpoint(b.o.Resume)
	if err != nil {
		return err
	}
	defer c.close()
	if err := b.fits(&c.checkpoint); err != nil {
		return err
	}
	b.begin()
	for i := range b.parents.n {
		if word, err := c.word(); err != nil || word != b.parents.word(i) {
			return b.foreign()
		}
	}
	for _, d := range c.Descents[1:] {
		if err := b.relive(ctx, c, d.States); err != nil {
			return err
		}
		b.now.costly = d.Costly
		b.descend()
	}
	if b.parents.n != c.States || b.visited.sum() != c.Sum {
		return b.foreign()
	}
	b.visited.restoreDoubts(c.Doubts)
	b.stats, b.saved = c.Stats, c.States
	b.started -= c.Stats.Elapsed
	b.verdict = Complete
	for i, a := range c.Answers {
		b.answers[i] = answer{a.Decided, a.Route}
	}
	return nil
}

// fits reports whether this search can go on from a checkpoint.
func (b *bfs[S, A]) fits(c *checkpoint) error {
	limit, depth := b.o.Limits.Depth, len(c.Stats.Levels)-1
	switch {
	case c.Wide != b.o.Wide || c.Deadlock != b.o.Deadlock || c.KeepGoing != b.o.KeepGoing ||
		c.Layered != b.o.Layered || c.Bitstate != b.o.Bitstate || c.Reduce != b.o.Reduce:
		return fmt.Errorf("explore: %s was written by a search with other options", b.o.Resume)
	case c.Model != b.identity() || len(c.Answers) != len(b.answers) || len(c.Descents) == 0:
		return b.foreign()
	case c.TooDeep > 0 && limit != c.Depth:
		return fmt.Errorf("explore: %s has layers that end at the limit of depth %d; it goes on with the same limit only", b.o.Resume, c.Depth)
	case c.TooDeep == 0 && limit > 0 && depth >= limit:
		return fmt.Errorf("explore: %s is of depth %d already, and the limit is %d", b.o.Resume, depth, limit)
	}
	return nil
}

// foreign says that a checkpoint is of another model.
func (b *bfs[S, A]) foreign() error {
	return fmt.Errorf("explore: %s is the checkpoint of another search: its model, its bounds or its defects are not these", b.o.Resume)
}

// relive finds the n states of the next level again.
func (b *bfs[S, A]) relive(ctx context.Context, c *savedSearch, n uint64) error {
	above := make([]cursor[S], len(b.sources))
	for i, from := range b.sources {
		above[i] = cursor[S]{source: from, pool: b.pool}
	}
	w := b.workers[0]
	from := b.parents.n
	b.parents.extend(n)
	for i := range n {
		word, err := c.word()
		if err != nil {
			return b.foreign()
		}
		s, ok, err := w.again(above, word)
		if err != nil {
			return err
		}
		if !ok || !b.visited.add(w.print(&s, b.o.Wide)) {
			return b.foreign()
		}
		w.writer.put(s)
		b.parents.set(from+i, word)
		if i%waveStates == 0 {
			if err := b.shed(); err != nil {
				return err
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if b.stats.States = from + i; b.o.Progress != nil {
				b.o.Progress(b.stats)
			}
		}
	}
	b.next.segments, b.next.n = w.writer.flush(), n
	for _, from := range b.sources {
		if from.mode != free {
			b.pool.recycle(from.level.chunks)
		}
	}
	b.sources = nil
	return nil
}

// again finds a state the way that a word of parents says, from one of those above
// it.
func (w *worker[S, A]) again(above []cursor[S], word uint64) (s S, ok bool, err error) {
	parent, ordinal := splitWord(word)
	for i := range above {
		if s, ok, err = above[i].seek(parent); ok || err != nil {
			break
		}
	}
	if !ok {
		return s, false, err
	}
	if w.actions = w.model.Actions(s, w.actions[:0]); ordinal >= len(w.actions) {
		return s, false, nil
	}
	if s, ok = w.model.Next(s, w.actions[ordinal]); ok {
		s = w.settled(nil, s)
	}
	return s, ok, nil
}

// cursor finds states of a source by their index. A search that goes through states
// in order finds others in the order of those they are found from, so it need not
// go back.
type cursor[S any] struct {
	source[S]
	pool  *pool[S]
	state S // the one before at
}

// seek returns the state with an index that is no lower than the last one asked
// for, if it is one of the source.
func (c *cursor[S]) seek(i uint64) (s S, ok bool, err error) {
	if i < c.level.first || i >= c.level.first+c.level.n || i+1 < c.at {
		return s, false, nil
	}
	for c.at <= i {
		segment := &c.todo[0]
		if err := c.pool.load(segment.chunk); err != nil {
			return s, false, err
		}
		one := reader[S]{segment: segment.cut(1), unpack: c.pool.unpack}
		if c.at == i {
			c.state = one.next()
		}
		if segment.n == 0 {
			c.todo = c.todo[1:]
		}
		c.at++
	}
	return c.state, true, nil
}
