package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim"
)

// moment is where in a run a replay stops: at an event, or at the first action at
// or after a time. The zero moment is never.
type moment struct {
	event uint64
	at    time.Duration
}

// set reports whether it is any.
func (m *moment) set() bool { return *m != moment{} }

// reached reports whether a world is that far.
func (m *moment) reached(w *sim.World) bool {
	return m.set() && w.Events() >= m.event && w.Now() >= m.at
}

// within complains if a run ended before.
func (m *moment) within(r *scenarios.Result) error {
	switch {
	case m.event > r.Events:
		return fmt.Errorf("there is no event %d: the run has %d", m.event, r.Events)
	case m.at > r.Time:
		return fmt.Errorf("the run does not last until %s: it ended at %s", seconds(m.at), seconds(r.Time))
	}
	return nil
}

// String implements pflag.Value.
func (m *moment) String() string {
	switch {
	case m.at > 0:
		return seconds(m.at)
	case m.event > 0:
		return strconv.FormatUint(m.event, 10)
	}
	return ""
}

// Set implements pflag.Value. It takes what reports print: 1,821 and 9.161s.
func (m *moment) Set(text string) error {
	if at, err := time.ParseDuration(text); err == nil && at > 0 {
		*m = moment{at: at}
		return nil
	}
	event, err := strconv.ParseUint(strings.ReplaceAll(text, ",", ""), 10, 64)
	if err != nil || event == 0 {
		return fmt.Errorf("%q is no event and no time; write 1821 or 9.161s", text)
	}
	*m = moment{event: event}
	return nil
}

// Type implements pflag.Value.
func (m *moment) Type() string { return "moment" }
