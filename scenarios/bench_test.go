package scenarios

import (
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/cputime"
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/kv"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// endless writes the same key over and over: what is measured is the cluster.
type endless struct{ op []byte }

func (w endless) Op(int, choice.Source, *choice.Stream) (sim.Op, bool) {
	return sim.Op{At: 2 * time.Second, Class: nodes.Write, Body: w.op}, true
}

// always are the properties that watch every event; those that judge the
// whole history at the end would have to remember all of an endless run.
func always(b *testing.B, h *trace.Header) *checker.Watch {
	b.Helper()
	var on []checker.Property
	for _, name := range []string{
		"one-leader-per-epoch", "agreement", "total-order", "prefix-consistency", "integrity", "no-lost-commit",
		"no-resurrection", "leader-completeness", "primary-integrity", "local-primary-order", "global-primary-order", "gap-free",
		"unique-transactions", "follower-prefix", "commits-follow-leader", "serves-initial-history", "no-cut-commit",
		"recovers-what-it-served", "epochs-monotonic", "epoch-order", "history-before-epoch", "one-promise", "one-leader-followed",
		"durable-before-commit", "ack-after-fsync", "established-by-quorum", "proposal-consistent", "commit-consistent",
		"ack-consistent", "message-legal", "no-panic", "no-exit", "boots", "no-livelock",
	} {
		p, err := checker.ByName(name, checker.Params{})
		if err != nil {
			b.Fatal(err)
		}
		on = append(on, p)
	}
	return checker.NewWatch(h, on)
}

func cluster(clients int) (*sim.Config, *trace.Header) {
	options := zab.DefaultOptions()
	options.TickTime = 500 * time.Millisecond
	cfg := &sim.Config{
		Protocol: &zab.Protocol, Options: options, Voters: nodes.FirstN(5),
		Topology:  network.Topology{Within: network.Range{Min: time.Millisecond, Max: 3 * time.Millisecond}},
		Fsync:     network.Range{Min: time.Millisecond, Max: 2 * time.Millisecond},
		Machine:   func() nodes.StateMachine { return kv.New() },
		MaxEvents: 1 << 62,
	}
	for i := range clients {
		cfg.Clients = append(cfg.Clients, sim.Client{
			Name: fmt.Sprintf("c%d", i+1), Servers: []nodes.ID{nodes.ID(i%5 + 1)},
			Timeout: time.Minute, Workload: endless{kv.Put("k", "v")},
		})
	}
	return cfg, &trace.Header{Protocol: &zab.Protocol, Voters: cfg.Voters, Machine: cfg.Machine, Describe: kv.Describe}
}

// BenchmarkCluster measures a five-server ZAB cluster under constant load, with
// the disk model and all online monitors. One op is one event: an action
// applied (a delivery, an fsync, a timer, a client's step).
func BenchmarkCluster(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("outstanding=%d", clients), func(b *testing.B) {
			cfg, h := cluster(clients)
			measured(b, cfg, trace.NewTee(always(b, h)))
		})
	}
	b.Run("unwatched", func(b *testing.B) {
		cfg, _ := cluster(1)
		measured(b, cfg, trace.NewTee())
	})
	b.Run("traced", func(b *testing.B) {
		cfg, h := cluster(1)
		measured(b, cfg, trace.NewTee(always(b, h), trace.NewWriter(io.Discard, h)))
	})
	b.Run("idle", func(b *testing.B) {
		cfg, h := cluster(0)
		measured(b, cfg, trace.NewTee(always(b, h)))
	})
}

func measured(b *testing.B, cfg *sim.Config, tee *trace.Tee) {
	b.Helper()
	var commits uint64
	tee.Add(trace.Func{Kinds: trace.Of(trace.Commit), Do: func(e *trace.Event) { commits = max(commits, e.Len) }})
	w := sim.New(cfg, choice.Seed(1), tee)
	sim.Run(w, 3*time.Second, nil)
	b.ReportAllocs()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	b.ResetTimer()
	steps, committed, began, until, cpu := w.Steps(), commits, w.Now(), w.Now(), cputime.Used()
	for w.Steps()-steps < uint64(b.N) {
		until += 100 * time.Millisecond
		sim.Run(w, until, nil)
	}
	seconds := (cputime.Used() - cpu).Seconds()
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	events := float64(w.Steps() - steps)
	b.ReportMetric(events/seconds, "events/cpu-s")
	b.ReportMetric(float64(commits-committed)/seconds, "commits/cpu-s")
	b.ReportMetric((w.Now()-began).Seconds()/seconds, "virtual-s/cpu-s")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/events, "allocs/event")
}
