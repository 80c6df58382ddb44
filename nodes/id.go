package nodes

import (
	"iter"
	"math/bits"
	"strconv"
)

// ID names a server: 1 to [MaxServers]. Zero means "no server".
type ID uint8

// MaxServers is the largest server ID, so that a [Set] fits one word.
const MaxServers = 63

// String returns the short form used everywhere: "s3", or "-" for no server.
func (id ID) String() string {
	if id == 0 {
		return "-"
	}
	return "s" + strconv.Itoa(int(id))
}

// ParseID reads the form that [ID.String] writes: "s1" to "s63".
func ParseID(s string) (ID, bool) {
	if len(s) < 2 || len(s) > 3 || s[0] != 's' || s[1] == '0' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[1:], 10, 8)
	if err != nil || n > MaxServers {
		return 0, false
	}
	return ID(n), true
}

// ClientID names a client: its place in the scenario, counted from 1.
// Zero means "no client". Clients have names for people; see trace.Header.
type ClientID uint16

// Set is a set of servers, one bit each.
type Set uint64

// SetOf returns the set of the given servers.
func SetOf(ids ...ID) Set {
	var s Set
	for _, id := range ids {
		s = s.With(id)
	}
	return s
}

// FirstN returns the set {s1 ... sn}.
func FirstN(n int) Set { return (1<<uint(n) - 1) << 1 }

// With returns s with id added.
func (s Set) With(id ID) Set { return s | 1<<id }

// Without returns s with id removed.
func (s Set) Without(id ID) Set { return s &^ (1 << id) }

// Has reports whether id is in s.
func (s Set) Has(id ID) bool { return s&(1<<id) != 0 }

// Len returns the number of servers in s.
func (s Set) Len() int { return bits.OnesCount64(uint64(s)) }

// Min returns the smallest server in s, or 0 if s is empty.
func (s Set) Min() ID {
	if s == 0 {
		return 0
	}
	return ID(bits.TrailingZeros64(uint64(s)))
}

// Max returns the largest server in s, or 0 if s is empty.
func (s Set) Max() ID {
	if s == 0 {
		return 0
	}
	return ID(63 - bits.LeadingZeros64(uint64(s)))
}

// Majority reports whether s holds more than half of the servers of voters.
// Servers that are no voters do not count (R-QV-1).
func (s Set) Majority(voters Set) bool { return 2*(s&voters).Len() > voters.Len() }

// All yields the servers of s in ascending order.
func (s Set) All() iter.Seq[ID] {
	return func(yield func(ID) bool) {
		for rest := s; rest != 0; rest &= rest - 1 {
			if !yield(ID(bits.TrailingZeros64(uint64(rest)))) {
				return
			}
		}
	}
}

// String returns the short form "{s1 s2 s3}".
func (s Set) String() string {
	b := []byte{'{'}
	for id := range s.All() {
		if len(b) > 1 {
			b = append(b, ' ')
		}
		b = append(b, id.String()...)
	}
	return string(append(b, '}'))
}
