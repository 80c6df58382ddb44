package explore

// Classes is how many classes of actions a [Fair] model can have.
const Classes = 64 * len(classSet{})

// classSet is a set of classes.
type classSet [4]uint64

func (s *classSet) add(class int)     { s[class/64] |= 1 << (class % 64) }
func (s classSet) has(class int) bool { return s[class/64]>>(class%64)&1 == 1 }
func (s classSet) empty() bool        { return s == classSet{} }

func (s classSet) and(t classSet) classSet {
	for i := range s {
		s[i] &= t[i]
	}
	return s
}

func (s classSet) or(t classSet) classSet {
	for i := range s {
		s[i] |= t[i]
	}
	return s
}

func (s classSet) without(t classSet) classSet {
	for i := range s {
		s[i] &^= t[i]
	}
	return s
}
