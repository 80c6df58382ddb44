package scenarios

import (
	"bytes"
)

// AddTree writes down what the snapshot of a server holds. The first tree is the
// one from which the history goes on; of the later ones those are left out that
// follow from it.
func (s *Start) AddTree(server string, t *Tree) {
	if len(s.Trees) == 0 {
		s.Trees = []Tree{*t}
		return
	}
	state := t.state()
	if c, known := s.library().along[t.Zxid]; known && s.survived(t.Zxid) && bytes.Equal(c.state, state) {
		return
	}
	for i := range s.Trees {
		if other := &s.Trees[i]; i > 0 && other.Zxid == t.Zxid && bytes.Equal(other.state(), state) {
			other.On = append(other.On, server)
			return
		}
	}
	own := *t
	own.On = []string{server}
	s.Trees = append(s.Trees, own)
}
