package scenarios

import (
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes/zab"
)

const swept = `
version: 1
name: swept
duration: 30s
servers: 5
network: {within: {latency: 1ms..3ms}}
clients:
  - {name: reader, load: {from: 1s, until: 20s, rate: 5, mix: {get: 1}}}
  - {name: writer, load: {from: 1s, until: 20s, rate: 10}}
properties: {always: [agreement]}
variants: {slow: {network: {within: {latency: 5ms}}}}
`

// sweepOf loads a scenario with a sweep.
func sweepOf(t *testing.T, param, values string) *Scenario {
	t.Helper()
	s, err := Parse("swept.yaml", []byte(swept+"sweep: {param: "+param+", values: "+values+", measure: [unserved]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Any setting can be swept: one in the file or one at its default, a number, a
// time, a range, a list, in an entry of a list by its name or its place.
func TestSweepSetsAnything(t *testing.T) {
	for _, c := range []struct {
		param, values string
		is            func(*Scenario) bool // of the second
		name          string
	}{
		{"servers", "[3, 7]", func(s *Scenario) bool { return s.serverSet().Len() == 7 }, "swept/7"},
		{"options.tickTime", "[100ms, 500ms]", func(s *Scenario) bool { return s.Options.(*zab.Options).TickTime == 500*time.Millisecond }, "swept/500ms"},
		{"network.within.latency", "[1ms, 2ms..9ms]", func(s *Scenario) bool { return s.Network.Within.Latency.Max == 9*time.Millisecond }, "swept/2ms..9ms"},
		{"network.between.latency", "[1ms, 7ms]", func(s *Scenario) bool { return s.Network.Between.Latency.Min == 7*time.Millisecond }, "swept/7ms"},
		{"disk.fsync", "[1ms, 8ms]", func(s *Scenario) bool { return s.Disk.Fsync.Min == 8*time.Millisecond }, "swept/8ms"},
		{"observers", "[[s5], [s4, s5]]", func(s *Scenario) bool { return len(s.Observers) == 2 }, "swept/2"},
		{"clients.writer.load.rate", "[1, 100]", func(s *Scenario) bool { return s.Clients[1].Load.Rate == 100 && s.Clients[0].Load.Rate == 5 }, "swept/100"},
		{"clients.0.load.rate", "[1, 100]", func(s *Scenario) bool { return s.Clients[0].Load.Rate == 100 && s.Clients[1].Load.Rate == 10 }, "swept/100"},
	} {
		s := sweepOf(t, c.param, c.values)
		second := s.Sweep.Values[1].Scenario
		if !c.is(second) || second.Name != c.name {
			t.Errorf("%s at %s: %s is %#v", c.param, s.Sweep.Values[1].Text, second.Name, second)
		}
		if c.is(s) || c.is(s.Sweep.Values[0].Scenario) {
			t.Errorf("%s: the value is also that of others", c.param)
		}
		if second.Sweep != nil || second.Variants != nil {
			t.Errorf("%s: the scenario with a value has a sweep, or variants", c.param)
		}
		if _, err := second.Run(RunOptions{}); err != nil {
			t.Error(err)
		}
	}
	if s := sweepOf(t, "servers", "[3]"); s.Sweep.Seeds != 20 {
		t.Errorf("%d seeds", s.Sweep.Seeds)
	}
}
