package nodestest

import (
	"bytes"
	"fmt"
	"math/bits"
	"reflect"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
)

// trial is one run: it keeps the first law that was broken and stops there.
type trial struct {
	*suite
	t      *rapid.T
	err    error
	sealed []seal
	out    nodes.Out // of the node; the world carries it out
	copies nodes.Out // of its copies; only compared
}

// seal is a message, record or slice that left a node, and must stay as it was.
type seal struct {
	words string
	value func() []byte
	was   []byte
}

// pick chooses a number below n, each as likely as the next (rapid's own ranges
// favour small ones, and such runs get nowhere), and towards 0 when it shrinks.
func (tr *trial) pick(n int, label string) int {
	if n == 1 {
		return 0
	}
	return rapid.Custom(func(t *rapid.T) int {
		choice := 0
		for range bits.Len(uint(n - 1)) {
			choice *= 2
			if rapid.Bool().Draw(t, "bit") {
				choice++
			}
		}
		return choice % n
	}).Draw(tr.t, label)
}

// fail notes that a law was broken, unless another one was before.
func (tr *trial) fail(law, format string, args ...any) {
	if tr.err == nil {
		tr.err = fmt.Errorf("%s: %s", law, fmt.Sprintf(format, args...))
	}
}

func (tr *trial) same(law string, got, want []byte, format string, args ...any) {
	if !bytes.Equal(got, want) {
		tr.fail(law, format, args...)
	}
}

func (tr *trial) encode(v any) []byte { return tr.enc.Append(nil, v) }

// encodeInput encodes an input with its type.
func (tr *trial) encodeInput(in nodes.Input) []byte {
	return tr.encode(&struct {
		in nodes.Input `zabsim:"own"`
	}{in})
}

// step lets a server take one step, and tests it against the laws. The effects
// are in tr.out afterwards.
func (tr *trial) step(s *server, in nodes.Input) {
	words := s.id.String() + ", given " + describeInput(in)
	law := "determinism"
	if _, boot := in.(*nodes.Start); boot {
		law = "restart"
	}
	tr.t.Logf("%s", words)

	before, given := tr.encode(s.node), tr.encodeInput(in)
	clone := s.node.Clone()
	tr.same("clone", tr.encode(clone), before, "%s: its clone has another encoding", words)
	tr.forget(s, words)

	did := tr.act(s.node, in, &tr.out)
	effects := describeEffects(tr.out.Effects())
	tr.same("purity", tr.encodeInput(in), given, "%s: Step changed the input", words)
	tr.same("clone", tr.encode(clone), before, "%s: the step changed a clone made before it", words)

	twin := tr.act(s.twin, in, &tr.copies)
	tr.same(law, twin, did, "%s: it became another node or did\n  %s\nand a copy with the same past did\n  %s",
		words, effects, describeEffects(tr.copies.Effects()))
	cloned := tr.act(clone, in, &tr.copies)
	tr.same("clone", cloned, did, "%s: it became another node or did\n  %s\nand its clone did\n  %s",
		words, effects, describeEffects(tr.copies.Effects()))
	tr.same("clone", tr.outcome(s.node, &tr.out), did, "%s: it changed when its clone took the same step", words)

	tr.checkForgetting(s, in, words)

	situation := nodes.Digest(0).Word(uint64(s.id)).Bytes(before).Bytes(given)
	outcome := nodes.Digest(0).Bytes(did)
	if known, met := tr.known[situation]; !met {
		tr.known[situation] = outcome
	} else if known != outcome {
		tr.fail(law, "%s: it did\n  %s\nbut something else when it met the same input in the same state before: "+
			"what decides is not in its encoding", words, effects)
	}

	takeBack(in)
	tr.same("purity", tr.outcome(s.node, &tr.out), did, "%s: it kept memory of the input that belongs to the world", words)
	tr.sealEffects(words)
}

// act lets a node take a step and returns the outcome.
func (tr *trial) act(n nodes.Node, in nodes.Input, out *nodes.Out) []byte {
	out.Reset()
	tr.stepNode(n, in, out)
	return tr.outcome(n, out)
}

// stepNode calls Step. Where defects are on, an assertion that fails is the end
// of the process, and must fail in every copy alike.
func (tr *trial) stepNode(n nodes.Node, in nodes.Input, out *nodes.Out) {
	if tr.mayPanic {
		defer func() {
			if p := recover(); p != nil {
				out.Exit(fmt.Sprint("panicked: ", p))
			}
		}()
	}
	n.Step(in, out)
}

// forget has the copy of a server that forgets do so. It must become what the server
// itself, who has never done so, would if it did now.
func (tr *trial) forget(s *server, words string) {
	if s.oblivious == nil {
		return
	}
	s.oblivious.Forget()
	now := s.node.Clone().(nodes.Forgetful)
	now.Forget()
	tr.same("forgetting", tr.encode(s.oblivious), tr.encode(now), "%s: to forget at once and to forget late is not the same", words)
}

// checkForgetting has that copy take the step as well. It must do the same.
func (tr *trial) checkForgetting(s *server, in nodes.Input, words string) {
	if s.oblivious == nil {
		return
	}
	tr.act(s.oblivious, in, &tr.copies)
	tr.same("forgetting", tr.appendDeeds(nil, s.oblivious, &tr.copies), tr.appendDeeds(nil, s.node, &tr.out),
		"%s: it did\n  %s\nand a copy that has forgotten something did\n  %s",
		words, describeEffects(tr.out.Effects()), describeEffects(tr.copies.Effects()))
}

// outcome encodes what a node is and what it did.
func (tr *trial) outcome(n nodes.Node, out *nodes.Out) []byte {
	return tr.appendDeeds(tr.encode(n), n, out)
}

// appendDeeds encodes what a node says of itself and what it did.
func (tr *trial) appendDeeds(b []byte, n nodes.Node, out *nodes.Out) []byte {
	status := n.Status()
	b = tr.enc.Append(b, &status)
	for i := range out.Effects() {
		b = tr.enc.Append(b, &out.Effects()[i])
	}
	return b
}

// takeBack does to an input what the world may do: use the memory for
// something else.
func takeBack(in nodes.Input) {
	if start, boot := in.(*nodes.Start); boot {
		for _, records := range start.Disk.Files {
			clear(records)
		}
		clear(start.Disk.Files)
	}
	reflect.ValueOf(in).Elem().SetZero()
}

// sealEffects remembers what leaves a node for good, and tests the encodings
// of messages and records.
func (tr *trial) sealEffects(words string) {
	for i := range tr.out.Effects() {
		e := &tr.out.Effects()[i]
		if e.Msg != nil {
			tr.see(e.Msg.Kind())
			tr.seal(words, "message "+nodes.Describe(e.Msg), e.Msg.AppendTo)
			tr.checkFields(e.Msg, e.Msg.Kind())
		}
		if e.Record != nil {
			tr.see(e.Record.Kind())
			tr.seal(words, "record "+nodes.Describe(e.Record), e.Record.AppendTo)
			tr.checkFields(e.Record, e.Record.Kind())
		}
		if op := e.Op; op != nil {
			tr.seal(words, "transaction or result", func(b []byte) []byte { return append(b, op...) })
		}
	}
}

func (tr *trial) seal(words, what string, appendTo func([]byte) []byte) {
	value := func() []byte { return appendTo(nil) }
	tr.sealed = append(tr.sealed, seal{words + ": " + what, value, value()})
}

// checkSealed tests that nothing changed that left a node.
func (tr *trial) checkSealed() {
	for _, s := range tr.sealed {
		tr.same("purity", s.value(), s.was, "%s: changed after it left the node", s.words)
	}
}

func describeInput(in nodes.Input) string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", in), "*nodes.")
	switch in := in.(type) {
	case *nodes.Deliver:
		return fmt.Sprintf("%s %s from %s", name, nodes.Describe(in.Msg), in.From)
	case *nodes.Start:
		var kinds []string
		for _, records := range in.Disk.Files {
			kinds = append(kinds, strconv.Itoa(len(records)))
		}
		return fmt.Sprintf("%s with %s records", name, strings.Join(kinds, "+"))
	default:
		return fmt.Sprintf("%s %+v", name, reflect.ValueOf(in).Elem())
	}
}

// verbs are the names of effects, by kind.
var verbs = [...]string{
	"send", "dial", "listen", "close", "set timer", "stop timer", "append", "replace", "truncate", "sync", "commit",
	"reply", "note", "exit", "notify", "hang up",
}

func describeEffects(effects []nodes.Effect) string {
	var all []string
	for i := range effects {
		e := &effects[i]
		words := verbs[e.Kind]
		switch {
		case e.Msg != nil:
			words += " " + nodes.Describe(e.Msg)
		case e.Record != nil:
			words += " " + nodes.Describe(e.Record)
		case e.Text != "":
			words += " " + e.Text
		}
		if e.To != 0 {
			words += " to " + e.To.String()
		}
		all = append(all, words)
	}
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, ", ")
}
