package faults

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
)

func swarm(voters int) Swarm {
	return Swarm{
		Voters: nodes.FirstN(voters), Observers: nodes.SetOf(nodes.ID(voters + 1)), Channels: []nodes.Channel{0, 1}, Mailboxes: []nodes.Channel{1}, Files: 4,
		From: 3 * time.Second, Until: 25 * time.Second, Most: 5,
	}
}

// Every plan keeps a majority of voters, ends in time, is said in words and
// follows from its seed; between them they have every kind there is.
func TestSwarmKeepsWithinItsBudget(t *testing.T) {
	for _, voters := range []int{1, 3, 5} {
		s := swarm(voters)
		var seen [Kinds]int
		for seed := range 300 {
			plan, settings := s.Plan(choice.Seed(seed))
			again, _ := s.Plan(choice.Seed(seed))
			if !reflect.DeepEqual(plan, again) {
				t.Fatalf("seed %d gives two plans", seed)
			}
			if len(settings) == 0 {
				t.Fatalf("seed %d draws nothing", seed)
			}
			for i := range plan {
				f := &plan[i]
				seen[f.Kind]++
				if end := f.At + f.For + f.Every*time.Duration(max(0, f.Times-1)); f.At < s.From || end > s.Until && f.Kind != Restart && f.Times == 0 {
					t.Errorf("seed %d: %v lasts until %v", seed, f, end)
				}
				if f.When != nil && f.Until == 0 {
					t.Errorf("seed %d: %v may strike at any time", seed, f)
				}
				if f.Kind != Restart && f.Kind != Resume && !slices.ContainsFunc(settings, func(s string) bool { return strings.HasPrefix(s, f.Kind.String()+":") }) && f.Kind != Heal {
					t.Errorf("seed %d: %v is not among what was drawn: %v", seed, f, settings)
				}
			}
			if n, most := mostAway(plan), (voters-1)/2; n > most {
				t.Errorf("seed %d takes %d of %d voters away at a time, more than %d", seed, n, voters, most)
			}
		}
		for _, k := range survivable {
			if seen[k] == 0 && (voters > 1 || !takesAway(k)) {
				t.Errorf("%d voters: never %v", voters, k)
			}
		}
		for _, k := range deadly {
			if seen[k] > 0 {
				t.Errorf("%d voters: %v, which nothing survives", voters, k)
			}
		}
	}
}

// mostAway returns how many faults that take a server away overlap, at most.
func mostAway(plan []Fault) int {
	most := 0
	for i := range plan {
		n := 0
		for j := range plan {
			if takesAway(plan[i].Kind) && takesAway(plan[j].Kind) && plan[j].At <= plan[i].At && plan[i].At < plan[j].At+plan[j].For {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// Disks rot on a minority of the voters only, and in every run that is to have rot.
func TestSwarmRot(t *testing.T) {
	for _, voters := range []int{3, 5} {
		s := swarm(voters)
		s.Rot = true
		for seed := range 100 {
			plan, _ := s.Plan(choice.Seed(seed))
			var rotten nodes.Set
			for i := range plan {
				if f := &plan[i]; f.Kind == Rot {
					rotten |= f.Target.Set
				}
			}
			if n := (rotten & s.Voters).Len(); rotten == 0 || n > (voters-1)/2 {
				t.Errorf("%d voters, seed %d: the disks of %v rot", voters, seed, rotten)
			}
		}
	}
}

// Whoever gives up after the end, because a write that was in line had failed, is
// started again, unless its disk rots.
func TestSwarmStartsWhoeverLearnsLate(t *testing.T) {
	for seed := range 100 {
		s := swarm(3)
		s.Kinds, s.Rot = []Kind{DiskFail, DiskFull}, seed%2 == 1
		plan, _ := s.Plan(choice.Seed(seed))
		var ill, rotten, started nodes.Set
		for i := range plan {
			switch f := &plan[i]; {
			case f.Kind == DiskFail || f.Kind == DiskFull:
				ill |= f.Target.Set
			case f.Kind == Rot:
				rotten |= f.Target.Set
			case f.Kind == Restart && f.At > s.Until:
				started |= f.Target.Set
			}
		}
		if started != ill&^rotten {
			t.Errorf("seed %d: %v are started after the end, not %v", seed, started, ill&^rotten)
		}
	}
}

// Attacks are aimed at each of the messages that open an epoch, and tear servers
// apart there.
func TestAttacksAreAimedAtOpenings(t *testing.T) {
	s := swarm(5)
	s.Strategy, s.Openings = Aimed, []string{"HELLO", "HISTORY"}
	seen := map[string]bool{}
	for seed := range 100 {
		plan, _ := s.Plan(choice.Seed(seed))
		for i := range plan {
			if f := &plan[i]; f.When != nil && f.When.Message != "" {
				seen[f.When.Message+" "+f.When.Event+" "+f.Kind.String()] = true
			}
		}
	}
	for _, want := range []string{"HELLO deliver reset", "HISTORY deliver partition", "HELLO send crash", "HISTORY send machine-crash"} {
		if !seen[want] {
			t.Errorf("never %s", want)
		}
	}
}

func TestSwarmOverload(t *testing.T) {
	s := swarm(3)
	s.Overload = true
	var seen [Kinds]int
	most := 0
	for seed := range 100 {
		plan, _ := s.Plan(choice.Seed(seed))
		for _, f := range plan {
			seen[f.Kind]++
		}
		most = max(most, mostAway(plan))
	}
	for _, k := range deadly {
		if seen[k] == 0 {
			t.Errorf("never %v", k)
		}
	}
	if most < 2 {
		t.Errorf("at most %d of 3 voters are away at a time", most)
	}
}

// A kind that is added or left out does not change how violent the others are.
func TestSwarmKindsAreDrawnOneByOne(t *testing.T) {
	s := swarm(3)
	for seed := range 50 {
		s.Kinds = []Kind{Slowdown, Drift, Reset}
		_, all := s.Plan(choice.Seed(seed))
		s.Kinds = []Kind{Drift, Reset}
		_, some := s.Plan(choice.Seed(seed))
		for _, setting := range some {
			if len(some) > 1 && !slices.Contains(all, setting) {
				t.Errorf("seed %d: %q became %v", seed, setting, all)
			}
		}
	}
}

func TestWords(t *testing.T) {
	servers := Selector{Set: nodes.SetOf(1, 2), Role: Leader, But: nodes.SetOf(2), ButRole: Longest}
	if got := servers.String(); got != "s1 s2 leader but s2 longest-log" {
		t.Errorf("selector: %q", got)
	}
	for k := range Kinds {
		f := Fault{At: time.Second, Kind: k, Target: Selector{Role: Leader}}
		if got := f.String(); !strings.HasPrefix(got, "1s "+k.String()) || k.String() == "" {
			t.Errorf("kind %d: %q", k, got)
		}
	}
}
