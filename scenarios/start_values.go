package scenarios

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/znode"
)

// Zxid is a place in the history. Files write epoch.counter: "17.5".
type Zxid nodes.Position

// String returns "17.5".
func (z Zxid) String() string { return nodes.Position(z).String() }

// MarshalText writes the form that UnmarshalText reads.
func (z Zxid) MarshalText() ([]byte, error) { return []byte(z.String()), nil }

// UnmarshalText reads "17.5".
func (z *Zxid) UnmarshalText(text []byte) error {
	epoch, counter, ok := strings.Cut(string(text), ".")
	e, errEpoch := strconv.ParseUint(epoch, 10, 31)
	c, errCounter := strconv.ParseUint(counter, 10, 32)
	if !ok || errEpoch != nil || errCounter != nil {
		return fmt.Errorf("%q is no zxid; write epoch.counter, such as 17.5", text)
	}
	*z = Zxid{e, c}
	return nil
}

func (z Zxid) less(than Zxid) bool { return nodes.Position(z).Less(nodes.Position(than)) }

// Span is a run of transactions of one epoch without holes. Files write
// "1.1..1.44", or "1.1" if it is one.
type Span struct{ From, To Zxid }

// String returns "1.1..1.44".
func (s Span) String() string {
	if s.From == s.To {
		return s.From.String()
	}
	return s.From.String() + ".." + s.To.String()
}

// MarshalText writes the form that UnmarshalText reads.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// mostInSpan bounds what a span can make zabsim go through.
const mostInSpan = 1 << 24

// UnmarshalText reads "1.1..1.44" or "1.1".
func (s *Span) UnmarshalText(text []byte) error {
	from, to, isRange := strings.Cut(string(text), "..")
	if !isRange {
		to = from
	}
	if err := s.From.UnmarshalText([]byte(from)); err != nil {
		return err
	}
	if err := s.To.UnmarshalText([]byte(to)); err != nil {
		return err
	}
	switch {
	case s.From.Epoch != s.To.Epoch:
		return fmt.Errorf("%s goes beyond an epoch; write one run for each epoch", text)
	case s.To.Index < s.From.Index:
		return fmt.Errorf("%s begins above its end", text)
	case s.From.Index == 0:
		return fmt.Errorf("%v is no transaction; counters begin with 1", s.From)
	case s.To.Index-s.From.Index >= mostInSpan:
		return fmt.Errorf("%s are more transactions than a scenario can hold", text)
	}
	return nil
}

// eachIn calls back for the transactions of some spans, in order, until do returns
// false.
func eachIn(spans []Span, do func(Zxid) bool) {
	for _, s := range spans {
		for z := s.From; !s.To.less(z); z.Index++ {
			if !do(z) {
				return
			}
		}
	}
}

// SessionName is the id of a session. Files write it as ZooKeeper prints it:
// "0x100000000000001".
type SessionName nodes.SessionID

// MarshalText writes the form that UnmarshalText reads.
func (s SessionName) MarshalText() ([]byte, error) {
	return []byte("0x" + strconv.FormatUint(uint64(s), 16)), nil
}

// UnmarshalText reads "0x100000000000001".
func (s *SessionName) UnmarshalText(text []byte) error {
	id, err := strconv.ParseUint(string(text), 0, 64)
	if err != nil || id == 0 {
		return fmt.Errorf("%q is no session; write 0x and its id in hexadecimal", text)
	}
	*s = SessionName(id)
	return nil
}

// Data is what a node holds. Files write it as it is if it is text, otherwise
// in base64.
type Data string

const base64Prefix = "base64:"

// MarshalText writes the form that UnmarshalText reads.
func (d Data) MarshalText() ([]byte, error) {
	text := string(d)
	if utf8.ValidString(text) && !strings.HasPrefix(text, base64Prefix) && !strings.ContainsRune(text, '\ufeff') {
		return []byte(text), nil
	}
	return base64.StdEncoding.AppendEncode([]byte(base64Prefix), []byte(text)), nil
}

// UnmarshalText reads text, or "base64:" and bytes in base64.
func (d *Data) UnmarshalText(text []byte) error {
	encoded, isBase64 := strings.CutPrefix(string(text), base64Prefix)
	if !isBase64 {
		*d = Data(text)
		return nil
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return fmt.Errorf("this is not base64: %w", err)
	}
	*d = Data(decoded)
	return nil
}

// ErrorName is why an operation failed. Files write ZooKeeper's name of it, or
// its number.
type ErrorName znode.Code

// MarshalText writes the form that UnmarshalText reads.
func (e ErrorName) MarshalText() ([]byte, error) { return []byte(znode.Code(e).String()), nil }

// UnmarshalText reads "BADVERSION" or "-103".
func (e *ErrorName) UnmarshalText(text []byte) error {
	const last = -200 // beyond all of them
	var names []string
	for code := znode.Code(-1); code > last; code-- {
		name := code.String()
		if name == string(text) {
			*e = ErrorName(code)
			return nil
		}
		if _, err := strconv.Atoi(name); err != nil {
			names = append(names, name)
		}
	}
	n, err := strconv.ParseInt(string(text), 10, 32)
	if err != nil || n >= 0 || n < math.MinInt32 {
		return fmt.Errorf("%s", Unknown("error", string(text), names))
	}
	*e = ErrorName(n)
	return nil
}
