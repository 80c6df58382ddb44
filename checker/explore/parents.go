package explore

// parents remembers for each state, by the order of discovery, how it was
// found: 8 bytes, in chunks outside of the Go heap that are never moved.
type parents struct {
	chunks [][]uint64
	n      uint64
}

const parentChunk = 1 << 16 // words

// A word is the index of the state it was found from and the place of the
// action among those that Actions returned there. Initial states were found
// from noParent, as the n-th of Initial.
const (
	ordinalBits = 24
	maxOrdinal  = 1<<ordinalBits - 1
	noParent    = 1<<(64-ordinalBits) - 1
)

func parentWord(parent uint64, ordinal int) uint64 {
	if ordinal > maxOrdinal {
		panic("explore: a state with more than 2^24 actions")
	}
	return parent<<ordinalBits | uint64(ordinal)
}

// splitWord undoes parentWord.
func splitWord(word uint64) (parent uint64, ordinal int) {
	return word >> ordinalBits, int(word & maxOrdinal)
}

// extend makes room for n more states.
func (p *parents) extend(n uint64) {
	p.n += n
	for uint64(len(p.chunks))*parentChunk < p.n {
		p.chunks = append(p.chunks, newWords(parentChunk))
	}
}

func (p *parents) set(i, word uint64) { p.chunks[i/parentChunk][i%parentChunk] = word }

func (p *parents) word(i uint64) uint64 { return p.chunks[i/parentChunk][i%parentChunk] }

// bytes returns how much memory the words take.
func (p *parents) bytes() uint64 { return uint64(len(p.chunks)) * parentChunk * 8 }

func (p *parents) free() {
	for _, c := range p.chunks {
		freeWords(c)
	}
	*p = parents{}
}

// routeOver returns the ordinals that lead to a state with this word.
func (p *parents) routeOver(word uint64) []int {
	parent, ordinal := splitWord(word)
	return append(p.route(parent), ordinal)
}

// route returns the ordinals that lead from an initial state to state i, that
// of the initial state first.
func (p *parents) route(i uint64) []int {
	var route []int
	for i != noParent {
		parent, ordinal := splitWord(p.word(i))
		route = append(route, ordinal)
		i = parent
	}
	for l, r := 0, len(route)-1; l < r; l, r = l+1, r-1 {
		route[l], route[r] = route[r], route[l]
	}
	return route
}
