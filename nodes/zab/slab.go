package zab

// slab hands out values of one type from small blocks. Of all messages only
// ACK and COMMIT are so many that an allocation for each would show.
//
// What it hands out is never taken back; a block goes when nothing refers into
// it any more. A clone of a node begins with an empty slab, or the two would
// write to the same place.
type slab[T any] struct{ free []T }

const slabSize = 64

func (s *slab[T]) make(v T) *T {
	if len(s.free) == 0 {
		s.free = make([]T, slabSize)
	}
	p := &s.free[0]
	*p = v
	s.free = s.free[1:]
	return p
}
