package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// stepper performs a schedule and shows what it does.
type stepper struct {
	*kept
	all   bool   // show every action
	until moment // stop there

	in    *bufio.Reader // nil: do not wait
	out   io.Writer
	text  bytes.Buffer // the events of the action that was performed last
	lines *trace.Writer
	was   []string // how every server was, in words
}

func newStepper(in io.Reader, out io.Writer, k *kept) *stepper {
	s := &stepper{kept: k, out: out}
	if isTerminal(out) && isTerminal(in) {
		s.in = bufio.NewReader(in)
	}
	return s
}

// run performs the schedule until it ends, does not fit, or is told to stop.
func (s *stepper) run() error {
	_, header, err := s.scenario.Compile(s.opts.Protocol, s.opts.Seed)
	if err != nil {
		return err
	}
	s.lines = trace.NewWriter(&s.text, header)
	if err := s.lines.Flush(); err != nil {
		return err
	}
	s.text.Reset()
	opts := s.opts
	opts.Observers = []trace.Observer{s.lines}
	servers := header.Voters | header.Observers
	var r *scenarios.Result
	r, misfit, err := s.scenario.Replay(s.schedule, opts, func(w *sim.World, next int) bool {
		if next == 0 {
			s.was = states(w, servers)
			return true
		}
		return s.show(w, servers, next)
	})
	switch {
	case err != nil:
		return err
	case misfit != nil:
		return &ending{exitNotDeterministic, s.explain(misfit, -1)}
	}
	return s.until.within(r)
}

// show shows the action before next. It reports false if it is to be the last.
func (s *stepper) show(w *sim.World, servers nodes.Set, next int) bool {
	last := s.until.reached(w)
	if err := s.lines.Flush(); err != nil {
		panic(err) // a buffer takes everything
	}
	now := states(w, servers)
	if s.all || last {
		fmt.Fprintf(s.out, "%d of %d  %s  %s\n", next, len(s.schedule), seconds(w.Now()), s.words(next-1))
		s.showEvents()
		s.showStates(now)
	}
	s.text.Reset()
	s.was = now
	return !last && (!s.all || s.wait())
}

// showEvents shows what happened in the action.
func (s *stepper) showEvents() {
	for text := range bytes.Lines(s.text.Bytes()) {
		var l trace.Line
		if err := json.Unmarshal(text, &l); err != nil {
			panic(err) // we wrote it just now
		}
		fmt.Fprintf(s.out, "    %6d  %s\n", l.Seq, eventWords(&l))
	}
}

// showStates shows how every server is, with a mark where that changed.
func (s *stepper) showStates(now []string) {
	for i, state := range now {
		mark := ' '
		if s.was[i] != state {
			mark = '*'
		}
		fmt.Fprintf(s.out, "  %c %s\n", mark, state)
	}
}

// states says how every server is.
func states(w *sim.World, servers nodes.Set) []string {
	var all []string
	for id := range servers.All() {
		st := w.Status(id)
		words := []string{fmt.Sprintf("%-3v %v", id, st.Role)}
		if st.Leader != 0 && st.Leader != id {
			words[0] += " " + st.Leader.String()
		}
		if st.Role != nodes.Down {
			words = append(words, fmt.Sprintf("epoch %d", st.Epoch), "logged "+st.Logged.String())
			if st.Phase != "" {
				words = append(words, st.Phase)
			}
			if st.Serving {
				words = append(words, "serves "+counted(st.History.Len, "transaction"))
			}
		}
		all = append(all, strings.Join(words, ", "))
	}
	return all
}

// wait waits for Enter. It reports false at the end of the input, and after q.
func (s *stepper) wait() bool {
	if s.in == nil {
		return true
	}
	fmt.Fprint(s.out, "Enter goes on, q ends: ")
	line, err := s.in.ReadString('\n')
	return err == nil && strings.TrimSpace(line) != "q"
}
