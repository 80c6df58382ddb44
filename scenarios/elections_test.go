package scenarios

import (
	"fmt"
	"strings"
	"testing"
)

// alwaysSafe are the promises that no choice of options may break.
const alwaysSafe = `
  always: [one-leader-per-epoch, agreement, total-order, prefix-consistency, integrity, no-lost-commit,
    no-resurrection, epochs-monotonic, durable-before-commit, no-exit, sequential, linearizable-writes,
    leader-completeness, primary-integrity, local-primary-order, global-primary-order, gap-free, unique-transactions, follower-prefix,
    commits-follow-leader, serves-initial-history, no-cut-commit, recovers-what-it-served, epoch-order, history-before-epoch, one-promise,
    one-leader-followed, ack-after-fsync, established-by-quorum, proposal-consistent, commit-consistent, ack-consistent,
    message-legal, boots]`

// mustParse reads a scenario written in a test.
func mustParse(t *testing.T, lines string) *Scenario {
	t.Helper()
	s, err := Parse(t.Name()+".yaml", []byte("version: 1\nname: test\n"+strings.TrimSpace(lines)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// runSeeds runs a scenario with many seeds, all of which must pass, and returns
// how often each place in the protocol was reached in all of them.
func runSeeds(t *testing.T, s *Scenario, seeds uint64) (notes map[string]uint64) {
	t.Helper()
	notes = map[string]uint64{}
	for seed := uint64(1); seed <= seeds; seed++ {
		r, err := s.Run(RunOptions{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict() != AsExpected {
			t.Fatalf("seed %d: %s: violated %v, unmet %v, inconclusive %v", seed, r.Verdict(), r.Violations, r.Unmet, r.Inconclusive)
		}
		for note, count := range r.Notes {
			notes[note] += count
		}
	}
	return notes
}

// TestR_LEG_ElectionsOverDatagrams: the elections before FLE elect and re-elect
// while servers crash and one datagram in twenty is lost, others come twice or
// late.
func TestR_LEG_ElectionsOverDatagrams(t *testing.T) {
	for alg := range 3 {
		t.Run(fmt.Sprintf("electionAlg %d", alg), func(t *testing.T) {
			t.Parallel()
			s := mustParse(t, fmt.Sprintf(`
options: {tickTime: 200ms, electionAlg: %d}
duration: 82s
servers: 5
network: {loss: 5%%, duplicate: 5%%, reorder: 10%%}
clients:
  - {name: c, timeout: 4s, attempt: 1s, retry: true, load: {from: 1s, until: 78s, think: 50ms..300ms}}
faults:
  - {at: 8s, crash: leader, for: 4s}
  - {at: 18s, crash: followers, for: 2s}
  - {at: 26s, partition: [leader, others], for: 4s}
  - {at: 38s, machine-crash: everyone, for: 1s}
  - {at: 48s, crash: leader}
properties:%s
  eventually: [leader: {within: 20s}, served: {within: 22s}]
  sometimes: [leader-changed, client-ok]
`, alg, alwaysSafe))
			if notes := runSeeds(t, s, 20); notes["established"] < 4*20 {
				t.Errorf("%d leaders in 20 runs; each run needs at least 4", notes["established"])
			}
		})
	}
}
