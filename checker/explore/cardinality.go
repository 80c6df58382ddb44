package explore

import (
	"math"
	mathbits "math/bits"
)

// cardinality estimates how many different fingerprints it was shown, within some 2 percent,
// in 4 KB: HyperLogLog (Flajolet and others, 2007). Those of several searches can be
// merged.
type cardinality [1 << cardinalityBits]uint8

const cardinalityBits = 12

// add shows it a fingerprint.
func (k *cardinality) add(f uint64) {
	zeros := mathbits.LeadingZeros64(f<<cardinalityBits | 1<<(cardinalityBits-1))
	at := &k[f>>(64-cardinalityBits)]
	*at = max(*at, uint8(zeros+1))
}

// merge shows it what the other was shown.
func (k *cardinality) merge(other *cardinality) {
	for i, n := range other {
		k[i] = max(k[i], n)
	}
}

// count returns about how many different ones there were. Small numbers are told by
// how many registers are untouched.
func (k *cardinality) count() uint64 {
	const m = float64(len(k))
	sum, untouched := 0.0, 0.0
	for _, n := range k {
		sum += math.Ldexp(1, -int(n))
		if n == 0 {
			untouched++
		}
	}
	estimate := 0.7213 / (1 + 1.079/m) * m * m / sum
	if estimate <= 2.5*m && untouched > 0 {
		estimate = m * math.Log(m/untouched)
	}
	return uint64(math.Round(estimate))
}
