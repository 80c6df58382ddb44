package trace

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// FileHeader is the first line of a trace file.
type FileHeader struct {
	Version   int        `json:"zabsim"` // SchemaVersion
	Scenario  string     `json:"scenario"`
	Protocol  string     `json:"protocol"`
	Seed      uint64     `json:"seed"`
	Voters    string     `json:"voters"` // "{s1 s2 s3}"
	Observers string     `json:"observers"`
	Sites     []FileSite `json:"sites"`
	Clients   []string   `json:"clients"`
}

// FileSite is a site in a trace file.
type FileSite struct {
	Name    string `json:"name"`
	Servers string `json:"servers"` // "{s1 s2 s3}"
}

// Line is one event of a trace file, in the printed forms that stand there.
// Fields that mean nothing for its kind are empty.
type Line struct {
	Seq   uint64        `json:"n"`
	Cause uint64        `json:"cause"`
	Time  time.Duration `json:"t"`
	Kind  Kind          `json:"kind"`

	Server    string `json:"server"`
	Peer      string `json:"peer"`
	Channel   string `json:"channel"`
	Conn      string `json:"conn"`
	Msg       string `json:"msg"`
	File      string `json:"file"`
	Record    string `json:"record"`
	Timer     string `json:"timer"`
	Ticket    uint32 `json:"ticket"`
	Client    string `json:"client"`
	ClientSeq uint32 `json:"seq"`
	Class     string `json:"class"`
	Outcome   string `json:"outcome"` // of a reply
	Result    string `json:"result"`  // of a return
	Pos       string `json:"pos"`
	Len       uint64 `json:"len"`
	Digest    string `json:"digest"`
	Op        string `json:"op"`  // in words; for a reply or return with its result
	Txn       string `json:"txn"` // hexadecimal
	Session   uint64 `json:"session"`
	Event     string `json:"event"` // hexadecimal
	Restart   bool   `json:"restart"`
	A         string `json:"a"`
	B         string `json:"b"`
	Both      bool   `json:"both"`
	Text      string `json:"text"`
	Detail    string `json:"detail"`

	Before *LineView `json:"before"`
	After  *LineView `json:"after"`
}

// LineView is what a server says of itself, in a trace file.
type LineView struct {
	Role    string `json:"role"`
	Serving bool   `json:"serving"`
	Leader  string `json:"leader"`
	Epoch   uint64 `json:"epoch"`
	Phase   string `json:"phase"`
	Logged  string `json:"logged"`
}

// maxLine bounds the length of a line of a trace file, in bytes.
const maxLine = 16 << 20

// Read reads a trace file. It returns the header at once and the events one by
// one; the sequence ends after the first error. Errors name the line.
func Read(r io.Reader) (*FileHeader, iter.Seq2[*Line, error], error) {
	in := bufio.NewScanner(r)
	in.Buffer(nil, maxLine)
	if !in.Scan() {
		return nil, nil, fmt.Errorf("line 1: %w", cmp.Or(in.Err(), io.ErrUnexpectedEOF))
	}
	h := &FileHeader{}
	if err := decode(in.Bytes(), h); err != nil {
		return nil, nil, fmt.Errorf("line 1: not a trace file: %w", err)
	}
	if h.Version != SchemaVersion {
		return nil, nil, fmt.Errorf("line 1: trace of version %d; this zabsim reads version %d", h.Version, SchemaVersion)
	}
	return h, func(yield func(*Line, error) bool) {
		var last uint64
		at := 2
		for ; in.Scan(); at++ {
			l, err := readLine(in.Bytes(), last)
			if err != nil {
				yield(nil, fmt.Errorf("line %d: %w", at, err))
				return
			}
			if !yield(l, nil) {
				return
			}
			last = l.Seq
		}
		if err := in.Err(); err != nil {
			yield(nil, fmt.Errorf("line %d: %w", at, err))
		}
	}, nil
}

// readLine decodes an event and checks what every reader relies on: events are
// in order and causes come before effects.
func readLine(text []byte, last uint64) (*Line, error) {
	l := &Line{}
	if err := decode(text, l); err != nil {
		return nil, err
	}
	switch {
	case l.Kind == None:
		return nil, errors.New("an event without a kind")
	case l.Seq <= last:
		return nil, fmt.Errorf("event %d after event %d", l.Seq, last)
	case l.Cause >= l.Seq:
		return nil, fmt.Errorf("event %d caused by the later event %d", l.Seq, l.Cause)
	}
	return l, nil
}

// decode reads one JSON value and nothing else.
func decode(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the object")
	}
	return nil
}

// UnmarshalText reads the form that [Kind.String] returns.
func (k *Kind) UnmarshalText(text []byte) error {
	for i, name := range kindNames {
		if name == string(text) {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("unknown kind of event %q", text)
}
