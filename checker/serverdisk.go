package checker

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// serverDisk is the disk of one server.
type serverDisk struct {
	log       []nodes.Record
	durable   int  // so many of them
	cut       bool // durable records were cut off it, and may yet come back
	images    []image
	saved     int      // so many of them are durable
	numbers   []number // by file
	snapped   bool     // a SNAP came, and is not saved yet
	powerless bool     // what a power loss leaves is durable
}

// image is a saved state.
type image struct {
	at nodes.Position
	// from is how many records of the log are no part of the history that the
	// image begins: a SNAP replaces them.
	from int
}

// number is a file that holds an epoch.
type number struct {
	durable uint64
	asked   []uint64 // what is to take its place, not durable yet, oldest first
}

// base returns the image that the history begins with; the zero image is the
// empty state.
func (s *serverDisk) base() image {
	if len(s.images) == 0 {
		return image{}
	}
	return s.images[len(s.images)-1]
}

// history returns what the log has beyond the image.
func (s *serverDisk) history() []nodes.Record {
	base := s.base()
	return beyond(s.log[min(base.from, len(s.log)):], base.at)
}

// beyond returns the records at the end of a log that stand behind a position.
func beyond(log []nodes.Record, p nodes.Position) []nodes.Record {
	i := len(log)
	for i > 0 && p.Less(log[i-1].Position()) {
		i--
	}
	return log[i:]
}

// last returns the position that the history ends with, durable or not.
func (s *serverDisk) last() nodes.Position { return s.lastBut(0) }

// lastBut returns the position that the history would end with if it were so
// many records shorter.
func (s *serverDisk) lastBut(n int) nodes.Position {
	base := s.base()
	if i := len(s.log) - n - 1; i >= base.from {
		if p := s.log[i].Position(); base.at.Less(p) {
			return p
		}
	}
	return base.at
}

// lastBefore returns the last transaction of the history that is of an epoch
// before the given one, or the zero Position where it is not known: an image of
// the beginning of an epoch does not say what is before that.
func (s *serverDisk) lastBefore(epoch uint64) nodes.Position {
	for n := range len(s.log) + 1 {
		switch p := s.lastBut(n); {
		case p.Index == 0:
			return nodes.Position{}
		case p.Epoch < epoch:
			return p
		}
	}
	return nodes.Position{}
}

// has reports whether the history has a transaction, durable or not. What is in
// the image is taken to be what its position says.
func (s *serverDisk) has(p nodes.Position) bool {
	if !s.base().at.Less(p) {
		return true
	}
	return slices.ContainsFunc(s.history(), func(r nodes.Record) bool { return r.Position() == p })
}

// reach returns the position up to which the history is durable. Where a part of
// the log was replaced by an image, that counts as soon as it is saved.
func (s *serverDisk) reach() nodes.Position {
	var at nodes.Position
	from := 0
	if s.saved > 0 {
		at, from = s.images[s.saved-1].at, s.images[s.saved-1].from
	}
	if s.durable > from && at.Less(s.log[s.durable-1].Position()) {
		return s.log[s.durable-1].Position()
	}
	return at
}

// appendTo leaves out what is in the records of the log: that is part of the
// world's state.
func (s *serverDisk) appendTo(b []byte) []byte {
	b = appendWord(appendWord(append(b, flags(s.snapped, s.powerless, s.cut)), uint64(s.durable)), uint64(len(s.log)))
	for _, r := range s.log {
		b = appendPosition(b, r.Position())
	}
	b = appendWord(appendWord(b, uint64(s.saved)), uint64(len(s.images)))
	for _, image := range s.images {
		b = appendWord(appendPosition(b, image.at), uint64(image.from))
	}
	for i := range s.numbers {
		b = appendWord(appendWord(b, s.numbers[i].durable), uint64(len(s.numbers[i].asked)))
		for _, epoch := range s.numbers[i].asked {
			b = appendWord(b, epoch)
		}
	}
	return b
}
