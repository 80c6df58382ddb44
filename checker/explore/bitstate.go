package explore

import (
	"math"
	mathbits "math/bits"

	"github.com/zabsim/zabsim/nodes"
)

// BitsPerState is how many bits stand for a state in a search with
// Options.Bitstate. Few fill the table slowly, many make it unlikely that those of
// a new state are all set: 3 is best where the table has about 4 bits a state, and
// near the best far above that.
const BitsPerState = 3

// bits is a part of a visited set that keeps a few bits a state and no
// fingerprints: the supertrace of Holzmann ("An improved protocol reachability
// analysis technique", 1988) with several hash functions, a Bloom filter.
type bits struct {
	words  []uint64
	n      uint64  // how many bits there are
	set    uint64  // how many of them are set
	missed float64 // how many states were probably taken for visited
}

// newBits returns a part of about so many bytes.
func newBits(bytes uint64) *bits {
	words := max(1, bytes/8)
	return &bits{words: newWords(int(words)), n: words * 64}
}

// places returns which bits stand for a fingerprint: Kirsch and Mitzenmacher show
// that two hashes are as good as many ("Less hashing, same performance", 2006).
func (t *bits) places(f fingerprint) (places [BitsPerState]uint64) {
	at, step := uint64(nodes.Digest(f.lo).Word(1)), uint64(nodes.Digest(f.lo).Word(2))|1
	for i := range places {
		places[i], _ = mathbits.Mul64(at, t.n)
		at += step
	}
	return places
}

// has implements [part]. Whenever a state is found missing, others like it were found
// there by chance: with p the odds that all its bits are set anyway, p/(1-p) of them.
func (t *bits) has(f fingerprint) bool {
	for _, i := range t.places(f) {
		if t.words[i/64]>>(i%64)&1 == 0 {
			p := math.Pow(float64(t.set)/float64(t.n), BitsPerState)
			t.missed += p / (1 - p)
			return false
		}
	}
	return true
}

// add implements [part].
func (t *bits) add(f fingerprint) bool {
	if t.has(f) {
		return false
	}
	for _, i := range t.places(f) {
		if t.words[i/64]>>(i%64)&1 == 0 {
			t.words[i/64] |= 1 << (i % 64)
			t.set++
		}
	}
	return true
}

// addAll implements [part].
func (t *bits) addAll(prints []fingerprint, places []uint32, fresh []bool) {
	for _, i := range places {
		fresh[i] = t.add(prints[i])
	}
}

// sum implements [part].
func (t *bits) sum() uint64 {
	n := uint64(0)
	for _, w := range t.words {
		n += w
	}
	return n
}

// bytes implements [part].
func (t *bits) bytes() uint64 { return uint64(len(t.words)) * 8 }

// free implements [part].
func (t *bits) free() {
	freeWords(t.words)
	*t = bits{}
}
