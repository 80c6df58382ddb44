package scenarios

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
)

// TestCampaign: whatever goes wrong, profile safe keeps every promise of
// safety, and has a leader again when nothing goes wrong any more.
func TestCampaign(t *testing.T) {
	for _, voters := range []int{3, 5} {
		t.Run(fmt.Sprintf("%d servers and an observer", voters), func(t *testing.T) {
			t.Parallel()
			for seed := uint64(1); seed <= *seeds/4; seed++ {
				text := trouble(seed, voters)
				s, err := Parse("campaign.yaml", []byte(text))
				if err != nil {
					t.Fatal(err)
				}
				r, err := s.Run(RunOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if len(r.Violations) > 0 {
					t.Fatalf("seed %d: violated %v in\n%s", seed, r.Violations, text)
				}
			}
		})
	}
}

// calm is when nothing goes wrong any more.
const calm = 24 * time.Second

// trouble returns a scenario with faults drawn by the seed.
func trouble(seed uint64, voters int) string {
	d := dice{choice.Seed(seed), choice.NewStream("campaign")}
	servers := make([]string, voters+1)
	for i := range servers {
		servers[i] = nodes.ID(i + 1).String()
	}
	list := strings.Join(servers, ", ")
	var b strings.Builder
	fmt.Fprintf(&b, `
version: 1
name: campaign
options: {tickTime: 200ms, initLimit: 10, syncLimit: 5, commitLogCount: %d, snapCount: %d}
seed: %d
duration: 40s
servers: [%s]
observers: [%s]
network: {within: {latency: 1ms..%dms}}
disk: {fsync: 1ms..%dms}
app:
  bank: {alice: 1000, bob: 1000, carol: 1000}
clients:
  - {name: patient, timeout: 4s, attempt: 500ms, retry: true, load: {from: 1s, until: 36s, think: 10ms..150ms, amount: 300}}
  - {name: hasty, timeout: 1s, load: {from: 1s, until: 36s, think: 10ms..150ms, amount: 300}}
properties:
  always: [one-leader-per-epoch, agreement, total-order, prefix-consistency, integrity, no-lost-commit, no-resurrection,
    leader-completeness, primary-integrity, local-primary-order, global-primary-order, gap-free, unique-transactions,
    follower-prefix, commits-follow-leader, serves-initial-history, no-cut-commit, recovers-what-it-served, epochs-monotonic,
    epoch-order, history-before-epoch, one-promise, one-leader-followed, durable-before-commit, ack-after-fsync, established-by-quorum,
    proposal-consistent, commit-consistent, ack-consistent, message-legal, boots, no-exit, conservation, no-overdraft, sequential, linearizable-writes]
  eventually: [leader: {within: 8s}]
faults:
  - {at: 1500ms, crash: follower, for: 500ms}
`, d.pick(2, 500), d.pick(4, 40, 100_000), seed&math.MaxInt64, list, servers[voters], d.between(2, 20), d.between(2, 40))
	for at := 2 * time.Second; at < calm; at += time.Duration(d.between(50, 2500)) * time.Millisecond {
		length := time.Duration(d.between(5, 3000)) * time.Millisecond
		fmt.Fprintf(&b, "  - {at: %s, %s, for: %s}\n", at, d.fault(servers), min(length, calm-at))
	}
	fmt.Fprintf(&b, "  - {at: %s, heal: all}\n", calm)
	return b.String()
}

// dice draws what goes wrong.
type dice struct {
	source choice.Source
	stream choice.Stream
}

func (d *dice) between(low, high int64) int64 {
	return choice.Between(d.source, low, high, &d.stream)
}

func (d *dice) pick(of ...int) int { return of[d.between(0, int64(len(of)-1))] }

// who draws servers: one or more by name, or by what they are.
func (d *dice) who(servers []string) string {
	switch d.between(0, 5) {
	case 0:
		return "leader"
	case 1:
		return "followers"
	case 2:
		return "everyone"
	default:
		return servers[d.between(0, int64(len(servers)-1))]
	}
}

// fault draws a fault, at this moment or at one of those that matter.
func (d *dice) fault(servers []string) string {
	when := [...]string{
		"", "", "", "",
		"when: {event: durable, fresh: true}, ", "when: {event: durable, count: 2, fresh: true}, ",
		"when: {event: send, message: COMMIT}, ", "when: {event: deliver, message: NEWLEADER}, ",
		"when: {event: deliver, message: ACKEPOCH}, ", "when: {event: deliver, message: UPTODATE}, ",
		"when: {event: view, server: everyone}, ",
	}[d.between(0, 10)]
	switch d.between(0, 5) {
	case 0, 1:
		return when + "crash: " + d.who(servers)
	case 2:
		return when + "machine-crash: " + d.who(servers)
	case 3:
		return when + "pause: " + d.who(servers)
	case 4:
		return when + "partition: [leader, others]"
	default:
		return when + "partition: " + d.sides(servers)
	}
}

// sides draws two sides.
func (d *dice) sides(servers []string) string {
	var sides [2][]string
	for _, s := range servers {
		i := d.between(0, 1)
		sides[i] = append(sides[i], s)
	}
	for i := range sides {
		if sides[i] == nil {
			return "[leader, others]"
		}
	}
	return fmt.Sprintf("[[%s], [%s]]", strings.Join(sides[0], ", "), strings.Join(sides[1], ", "))
}
