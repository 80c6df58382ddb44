package scenarios

import (
	"strings"
	"testing"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// TestR_ZXID_4_Rollover: with counters of three bits an epoch has six
// transactions, and then its leader gives up. Clients notice no more than that
// it takes longer.
func TestR_ZXID_4_Rollover(t *testing.T) {
	t.Parallel()
	s := mustParse(t, `
options: {tickTime: 200ms, counterBits: 3}
duration: 30s
servers: 5
observers: [s5]
clients:
  - {name: a, timeout: 4s, attempt: 1s, retry: true, load: {from: 1s, until: 23s, think: 20ms..200ms}}
  - {name: b, timeout: 4s, attempt: 1s, load: {from: 1s, until: 23s, think: 20ms..200ms}}
faults:
  - {at: 10s, crash: s2, for: 2s}
  - {at: 15s, crash: s4, for: 3s}
properties:`+alwaysSafe+`
  eventually: [leader: {within: 8s}]
  sometimes: [leader-changed]
`)
	for seed := uint64(1); seed <= 100; seed++ {
		var highest, epochs uint64
		watch := trace.Func{
			Kinds: trace.Of(trace.Commit, trace.View),
			Do: func(e *trace.Event) {
				if e.Kind == trace.Commit {
					highest = max(highest, e.Pos.Index)
				} else if established(e.After) {
					epochs = max(epochs, e.After.Epoch)
				}
			},
		}
		r, err := s.Run(RunOptions{Seed: seed, Observers: []trace.Observer{watch}})
		if err != nil || r.Verdict() != AsExpected {
			t.Fatalf("seed %d: %v %v %v %v (%v)", seed, r.Verdict(), r.Violations, r.Inconclusive, r.Unmet, err)
		}
		rollovers := r.Notes["zxid-rollover"]
		if highest != 6 || rollovers < 5 || epochs < rollovers {
			t.Fatalf("seed %d: counters up to %d, %d rollovers, %d epochs", seed, highest, rollovers, epochs)
		}
	}
}

// TestR_OBS_AnObserver: s4 observes across a slow line. It lags behind, serves
// reads of its own state, passes writes on, and nobody asks for its vote: with
// two of the three voters gone it is no help.
func TestR_OBS_AnObserver(t *testing.T) {
	t.Parallel()
	s := mustParse(t, `
options: {tickTime: 200ms}
duration: 24s
sites: {here: [s1, s2, s3], far: [s4]}
observers: [s4]
network: {between: {latency: 150ms..200ms}}
clients:
  - {name: near, site: here, timeout: 2s, script: [{at: 5s, put: {key: x, value: "1"}}, {at: 18s, put: {key: x, value: "3"}}]}
  - name: reader
    servers: [s4]
    timeout: 2s
    script:
      - {at: 5100ms, get: x} # s1 to s3 have it, s4 not yet
      - {at: 6s, get: x}
      - {at: 7s, put: {key: x, value: "2"}}
      - {at: 9s, get: x, synced: true}
      - {at: 17s, get: x}
faults:
  - {at: 12s, crash: followers}
properties:`+alwaysSafe+`
  sometimes: [client-ok, client-refused]
`)
	for seed := uint64(1); seed <= 20; seed++ {
		log := &observed{t: t, seed: seed}
		r, err := s.Run(RunOptions{Seed: seed, Observers: []trace.Observer{log}})
		if err != nil || r.Verdict() != AsExpected {
			t.Fatalf("seed %d: %v %v %v %v (%v)", seed, r.Verdict(), r.Violations, r.Inconclusive, r.Unmet, err)
		}
		log.describe = r.Header.Describe
		if got := log.answers(); got != "get x: not found, get x: 1, put x 2: ok, get x: 2" {
			t.Errorf("seed %d: the client of the observer was answered %q", seed, got)
		}
		if !log.observing || log.lag < 100e6 {
			t.Errorf("seed %d: it observed: %v, and lagged %v ns", seed, log.observing, log.lag)
		}
	}
}

// observed watches the observer s4.
type observed struct {
	t         *testing.T
	seed      uint64
	observing bool
	first     int64 // when the first transaction was delivered anywhere
	lag       int64 // how much later by s4
	ops       [][2][]byte
	describe  func(op, result []byte) string
	op        []byte
}

func (o *observed) Wants() trace.Set {
	return trace.Of(trace.View, trace.Commit, trace.Send, trace.Invoke, trace.Return)
}

func (o *observed) Observe(e *trace.Event) {
	switch e.Kind {
	case trace.View:
		if e.Server == 4 {
			o.observing = o.observing || e.After.Role == nodes.Observing && e.After.Serving
			if e.After.Role == nodes.Leading || e.After.Role == nodes.Following {
				o.t.Errorf("seed %d: the observer is %v", o.seed, e.After.Role)
			}
		}
	case trace.Commit:
		if o.first == 0 {
			o.first = int64(e.Time)
		}
		if e.Server == 4 && o.lag == 0 {
			o.lag = int64(e.Time) - o.first
		}
	case trace.Send:
		if kind := e.Msg.Kind(); e.Peer == 4 && (kind == "COMMIT" && e.Time > 4e9) {
			o.t.Errorf("seed %d: the observer was sent %s (R-OBS-3)", o.seed, kind)
		}
	case trace.Invoke:
		if e.Client == 2 {
			o.op = e.Op
		}
	case trace.Return:
		if e.Client == 2 && e.Result == trace.OK {
			o.ops = append(o.ops, [2][]byte{o.op, e.Op})
		}
	}
}

// answers returns the results that the observer's client was given, in words.
func (o *observed) answers() string {
	answers := make([]string, len(o.ops))
	for i, op := range o.ops {
		answers[i] = o.describe(op[0], op[1])
	}
	return strings.Join(answers, ", ")
}
