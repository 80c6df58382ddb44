package scenarios

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/zabsim/zabsim/network"
)

// Range is a span of durations, both ends included. Files write it "1ms..3ms",
// or "5ms" when there is nothing to choose.
type Range network.Range

// MarshalText writes the form that UnmarshalText reads.
func (r Range) MarshalText() ([]byte, error) {
	if r.Min == r.Max {
		return []byte(r.Min.String()), nil
	}
	return []byte(r.Min.String() + ".." + r.Max.String()), nil
}

// UnmarshalText reads "1ms..3ms" or "5ms".
func (r *Range) UnmarshalText(text []byte) error {
	low, high, isRange := strings.Cut(string(text), "..")
	shortest, err := parseDuration(low)
	if err != nil {
		return fmt.Errorf("%q is not a range of durations; write 1ms..3ms", text)
	}
	longest := shortest
	if isRange {
		if longest, err = parseDuration(high); err != nil {
			return fmt.Errorf("%q is not a range of durations; write 1ms..3ms", text)
		}
	}
	if longest < shortest {
		return fmt.Errorf("the range %s begins above its end; write %s..%s", text, high, low)
	}
	*r = Range{shortest, longest}
	return nil
}

// parseDuration reads a duration that is not negative: "4s", "250ms", "1m30s".
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		if _, isNumber := strconv.ParseUint(text, 10, 64); isNumber == nil {
			return 0, fmt.Errorf("%s has no unit; write %ss or %sms", text, text, text)
		}
		return 0, fmt.Errorf("%q is not a duration; write 4s, 250ms or 1m30s", text)
	}
	if d < 0 {
		return 0, fmt.Errorf("%s is negative", text)
	}
	return d, nil
}

// Shift is a duration forward or back. Files write "5s" or "-5s".
type Shift time.Duration

// MarshalText writes the form that UnmarshalText reads.
func (s Shift) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText reads "5s" or "-5s".
func (s *Shift) UnmarshalText(text []byte) error {
	forward, back := strings.CutPrefix(string(text), "-")
	d, err := parseDuration(forward)
	if err != nil {
		return err
	}
	if back {
		d = -d
	}
	*s = Shift(d)
	return nil
}

// Rate is a probability. Files write it "0.5%" or "200ppm"; either is kept in
// whole parts per million, without rounding.
type Rate network.PPM

// errRate says how a probability is written.
var errRate = errors.New(`a probability is written 0.5% or 200ppm, from 0% to 100%, in steps of 0.0001%`)

const (
	ppmPerPercent = 10_000
	wholePPM      = 100 * ppmPerPercent
)

// MarshalText writes the rate in percent.
func (r Rate) MarshalText() ([]byte, error) {
	text := fmt.Sprintf("%d.%04d", r/ppmPerPercent, r%ppmPerPercent)
	return []byte(strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + "%"), nil
}

// UnmarshalText reads "0.5%" or "200ppm".
func (r *Rate) UnmarshalText(text []byte) error {
	if whole, isPPM := strings.CutSuffix(string(text), "ppm"); isPPM {
		return r.set(whole, "")
	}
	percent, isPercent := strings.CutSuffix(string(text), "%")
	if !isPercent {
		return errRate
	}
	whole, fraction, _ := strings.Cut(percent, ".")
	if len(fraction) > 4 {
		return errRate
	}
	return r.set(whole, (fraction + "0000")[:4])
}

// set sets the rate to the number that the digits of both parts make up.
func (r *Rate) set(whole, fraction string) error {
	if whole == "" || strings.ContainsFunc(whole+fraction, func(c rune) bool { return !unicode.IsDigit(c) }) {
		return errRate
	}
	ppm, err := strconv.ParseUint(whole+fraction, 10, 32)
	if err != nil || ppm > wholePPM {
		return errRate
	}
	*r = Rate(ppm)
	return nil
}

// Who names servers: by themselves ("s3"), by their site ("shanghai"), or by
// what they are when a fault strikes ("leader", "follower", "followers",
// "everyone", "others", "longest-log", "shortest-log"); "but s3" leaves them out.
// Files write one name, or a list of them.
type Who []string

// fromNode implements [reader].
func (w *Who) fromNode(_ *decoder, n *node) {
	*w = nil
	items := []*node{n}
	if n.kind == list {
		items = n.items
	}
	for _, item := range items {
		if item.kind == scalar && item.json != nil {
			*w = append(*w, item.text)
		}
	}
}

// MarshalYAML implements yaml.InterfaceMarshaler.
func (w Who) MarshalYAML() (any, error) {
	if len(w) == 1 {
		return w[0], nil
	}
	return []string(w), nil
}

// Servers are the servers of a scenario. Files write how many there are, 5, or
// list them, [s1, s2, s7].
type Servers []string

// maxCount is the largest number of servers a file can ask for by number.
const maxCount = 63

// fromNode implements [reader].
func (s *Servers) fromNode(d *decoder, n *node) {
	if n.kind == list {
		d.decode(n, (*[]string)(s))
		return
	}
	count, err := strconv.Atoi(n.text)
	if n.kind != scalar || err != nil || count < 1 || count > maxCount {
		return // the schema says so
	}
	*s = nil
	for i := range count {
		*s = append(*s, "s"+strconv.Itoa(i+1))
	}
}
