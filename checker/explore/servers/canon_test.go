package servers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/kv"
	"github.com/zabsim/zabsim/sim"
)

// but returns a setup in which states are told apart by everything but some
// differences.
func but(setup servers.Setup, none ...string) servers.Setup {
	setup.Exact = nil
	for _, name := range servers.Differences {
		if !slices.Contains(none, name) {
			setup.Exact = append(setup.Exact, name)
		}
	}
	return setup
}

// crowd puts n clients who do the same in place of a setup's only one.
func crowd(n int, setup servers.Setup) servers.Setup {
	one := setup.Config.Clients[0]
	setup.Config.Clients, setup.Header.Clients = nil, nil
	for i := range n {
		one.Name = fmt.Sprintf("c%d", i+1)
		setup.Config.Clients = append(setup.Config.Clients, one)
		setup.Header.Clients = append(setup.Header.Clients, one.Name)
	}
	return setup
}

// small is a setup of which all states can be told apart.
type small struct {
	how       granularity
	boot      bool
	n, writes int
	clients   int
	budget    faults.Budget
	defect    string
}

func (c *small) setup(t *testing.T) servers.Setup {
	t.Helper()
	setup := crowd(c.clients, c.how.of(cluster(c.n, c.writes, c.budget)))
	if c.defect != "" {
		setup.Config.Defects = []string{c.defect}
	}
	for _, name := range []string{"durable-before-commit", "no-exit", "no-resurrection"} {
		p, err := checker.ByName(name, checker.Params{})
		if err != nil {
			t.Fatal(err)
		}
		setup.Properties = append(setup.Properties, p)
	}
	setup.Epochs = 3
	if !c.boot {
		setup = established(t, setup, servers.Established{Transactions: uint64(c.writes) / 2})
	}
	return setup
}

func (c *small) String() string {
	b := &c.budget
	return fmt.Sprintf("%v, %d servers, %d clients, %d writes, %d+%d crashes, %d partitions, %d timeouts %s", c.how, c.n, c.clients, c.writes,
		b.Crashes, b.MachineCrashes, b.Partitions, b.Timeouts, c.defect)
}

var oneCrash = faults.Budget{Crashes: 1, Restarts: 1}

// A server or client that has forgotten something cannot be told from one that has not:
// in every state the same can happen, it leads to states that differ in nothing but what
// is forgotten, and the properties say the same. So each state has exactly one that
// stands for it.
func TestForgettingShowsNowhere(t *testing.T) {
	for _, c := range []small{
		{merged, false, 2, 2, 1, faults.Budget{Crashes: 2, Restarts: 2}, ""},
		{merged, false, 3, 2, 1, oneCrash, ""},
		{oneStep, false, 2, 2, 1, faults.Budget{MachineCrashes: 1, Restarts: 1}, ""},
		{merged, false, 2, 2, 1, faults.Budget{Crashes: 1, Restarts: 1, Timeouts: 1}, ""},
		{messages, true, 2, 1, 1, faults.Budget{}, ""},
		{messages, false, 2, 1, 1, oneCrash, ""},
		{merged, false, 2, 1, 2, oneCrash, ""},
		{merged, false, 2, 2, 1, oneCrash, "skip-trunc"},
		{oneStep, false, 2, 2, 1, oneCrash, "ack-before-fsync"},
		{messages, false, 2, 1, 1, oneCrash, "forget-accepted-epoch"},
	} {
		t.Run(c.String(), func(t *testing.T) {
			exact, plain := world(t, but(c.setup(t))), world(t, but(c.setup(t), "memory"))
			standsFor := make(map[string]string)
			type both struct{ exact, plain servers.State }
			todo := []both{{exact.Initial()[0], plain.Initial()[0]}}
			for ; len(todo) > 0; todo = todo[1:] {
				s := todo[0]
				key, image := string(exact.AppendTo(nil, s.exact)), string(plain.AppendTo(nil, s.plain))
				if known, met := standsFor[key]; met {
					if known != image {
						t.Fatal("two states stand for one")
					}
					continue
				}
				standsFor[key] = image
				if a, b := answers(exact, s.exact), answers(plain, s.plain); !slices.Equal(a, b) {
					t.Fatalf("the properties hold: %v, after forgetting: %v", a, b)
				}
				actions, others := exact.Actions(s.exact, nil), plain.Actions(s.plain, nil)
				if a, b := fmt.Sprint(actions), fmt.Sprint(others); a != b {
					t.Fatalf("possible is\n%s\nand after forgetting\n%s", a, b)
				}
				for i := range actions {
					next, ok := exact.Next(s.exact, actions[i])
					other, fine := plain.Next(s.plain, others[i])
					if ok != fine {
						t.Fatalf("%v is within the bounds: %v, after forgetting: %v", actions[i], ok, fine)
					}
					if ok {
						todo = append(todo, both{next, other})
					}
				}
			}
			images := make(map[string]bool)
			for _, image := range standsFor {
				images[image] = true
			}
			if len(images) == len(standsFor) {
				t.Error("nothing is gained")
			}
			t.Logf("%d states stand for %d", len(images), len(standsFor))
		})
	}
}

// answers says which properties hold in a state.
func answers(w *servers.World, s servers.State) (holds []bool) {
	for _, p := range w.Properties() {
		holds = append(holds, p.Holds(s))
	}
	return holds
}

// indifferent is what states are not told apart by, in each search.
var indifferent = [][]string{nil, {"memory"}, {"mail"}, {"clients"}, servers.Differences}

// counts is how many states each of these searches visits.
type counts [5]uint64

// Searches have the same answers, and as short counterexamples, whether they tell
// states apart by a difference or not.
func TestNothingDependsOnDifferences(t *testing.T) {
	for _, c := range []struct {
		small
		states counts
	}{
		{small{merged, false, 2, 2, 1, faults.Budget{Crashes: 2, Restarts: 2}, ""}, counts{7_894, 6_781, 7_894, 7_894, 6_781}},
		{small{oneStep, false, 2, 2, 1, oneCrash, ""}, counts{1101, 1012, 1101, 1101, 1012}},
		{small{messages, true, 2, 1, 1, faults.Budget{}, ""}, counts{2_114, 1_273, 2_114, 2_114, 1_273}},
		{small{messages, false, 2, 1, 1, oneCrash, ""}, counts{3_841, 2_842, 3_577, 3_841, 2_593}},
		{small{messages, false, 2, 1, 1, faults.Budget{Crashes: 1, Restarts: 1, Timeouts: 1}, ""}, counts{44_212, 28_455, 41_122, 44_212, 25_739}},
		{small{merged, false, 2, 1, 2, oneCrash, ""}, counts{6_678, 5_538, 6_678, 5_931, 4_935}},
		{small{merged, false, 2, 1, 3, faults.Budget{}, ""}, counts{1_024, 1_024, 1_024, 856, 856}},
		{small{merged, false, 3, 1, 1, faults.Budget{}, "commit-on-minority"}, counts{84, 84, 84, 84, 84}},
		{small{oneStep, false, 3, 1, 1, faults.Budget{}, "ack-before-fsync"}, counts{484, 484, 484, 484, 484}},
		{small{messages, false, 2, 1, 2, oneCrash, "ack-before-fsync"}, counts{106_908, 81_696, 99_276, 97_417, 70_075}},
		{small{merged, false, 3, 2, 1, oneCrash, "skip-trunc"}, counts{33_149, 16_789, 33_149, 33_149, 16_789}},
		{small{merged, false, 2, 1, 2, oneCrash, "commit-on-minority"}, counts{6_260, 5_464, 6_260, 5_645, 4_915}},
	} {
		t.Run(c.String(), func(t *testing.T) {
			var found counts
			var first *explore.Result[servers.State, *servers.Event]
			for i, names := range indifferent {
				r := exploretest.Search(t, world(t, but(c.setup(t), names...)), explore.Options{Workers: 2, KeepGoing: true})
				found[i] = r.States
				if first == nil {
					first = r
				}
				if failed := fails(r); failed != (c.defect != "") {
					t.Errorf("but %v: something fails: %v", names, failed)
				}
				if r.Verdict != explore.Complete {
					t.Fatalf("but %v: %v", names, r.Verdict)
				}
				for j := range r.Findings {
					f, want := &r.Findings[j], &first.Findings[j]
					if f.Answer != want.Answer {
						t.Errorf("but %v: %s %v, exact %v", names, f.Property, f.Answer, want.Answer)
					} else if f.Answer == explore.Fails && len(f.Path.Steps) != len(want.Path.Steps) {
						t.Errorf("but %v: %s fails after %d steps, exact after %d", names, f.Property, len(f.Path.Steps), len(want.Path.Steps))
					}
				}
			}
			if found != c.states {
				t.Errorf("%v states, want %v", found, c.states)
			}
		})
	}
}

// fails reports whether a search found something to fail.
func fails(r *explore.Result[servers.State, *servers.Event]) bool {
	return slices.ContainsFunc(r.Findings, func(f explore.Finding[servers.State, *servers.Event]) bool { return f.Answer == explore.Fails })
}

// Values are data: a client's script says in which order it writes them, so that to
// give them other names changes no number of states, and no two states differ in
// names alone.
func TestValuesHaveNoNames(t *testing.T) {
	setup := func(values ...string) servers.Setup {
		setup := merged.of(cluster(2, 0, oneCrash))
		var script sim.Script
		for _, v := range values {
			script = append(script, sim.Op{Body: kv.Put("k", v)})
		}
		setup.Config.Clients[0].Workload = script
		return established(t, setup, servers.Established{Transactions: 1})
	}
	count := func(setup servers.Setup) uint64 {
		r := exploretest.Search(t, world(t, setup), explore.Options{})
		if r.Verdict != explore.Complete {
			t.Fatal(r.Verdict)
		}
		return r.States
	}
	ab, ba, aa := count(setup("a", "b")), count(setup("b", "a")), count(setup("a", "a"))
	if ab != ba {
		t.Errorf("%d states of a and b, %d of b and a", ab, ba)
	}
	if aa != ab {
		t.Errorf("%d states of two values, %d of one: there was something to gain", ab, aa)
	}
}

// To lose what a dead server has sent is not to have it arrive late: the news that the
// server is gone comes through, and what was before it never does.
func TestLossIsMoreThanDelay(t *testing.T) {
	setup := established(t, merged.of(cluster(2, 2, oneCrash)), servers.Established{Transactions: 1})
	all := exploretest.Search(t, world(t, setup), explore.Options{})
	kept := exploretest.Search(t, lossless{world(t, setup)}, explore.Options{})
	if all.Verdict != explore.Complete || kept.Verdict != explore.Complete || kept.States >= all.States {
		t.Errorf("%v: %d states, %v without loss: %d", all.Verdict, all.States, kept.Verdict, kept.States)
	}
}

// lossless is a world in which nothing is lost.
type lossless struct{ *servers.World }

func (l lossless) Fork() explore.Model[servers.State, *servers.Event] { return l }

func (l lossless) Actions(s servers.State, dst []*servers.Event) []*servers.Event {
	return slices.DeleteFunc(l.World.Actions(s, dst), func(e *servers.Event) bool { return e.Action.Kind == sim.Sever })
}

// Of clients who are alike only those who have done nothing yet wait for each other.
func TestWhoMayBegin(t *testing.T) {
	for _, c := range []struct {
		name  string
		alter func(*servers.Setup)
		may   string
	}{
		{"all alike", func(*servers.Setup) {}, "c1"},
		{"another server", func(s *servers.Setup) { s.Config.Clients[1].Servers = []nodes.ID{1} }, "c1 c2"},
		{"other operations", func(s *servers.Setup) { s.Config.Clients[1].Workload = sim.Script{{Body: kv.Put("k", "z")}} }, "c1 c2"},
		{"told apart", func(s *servers.Setup) { s.Exact = []string{"clients"} }, "c1 c2 c3"},
	} {
		setup := crowd(3, merged.of(cluster(2, 1, faults.Budget{})))
		c.alter(&setup)
		setup = established(t, setup, servers.Established{})
		w := world(t, setup)
		var may []string
		for _, e := range w.Actions(w.Initial()[0], nil) {
			if e.Action.Kind == sim.Invoke {
				may = append(may, setup.Config.Clients[e.Action.Client-1].Name)
			}
		}
		if got := strings.Join(may, " "); got != c.may {
			t.Errorf("%s: %s may begin, want %s", c.name, got, c.may)
		}
	}
}

// What canonical forms gain in larger setups, layered: the table in the doc of the package.
func TestWhatCanonicalFormsGain(t *testing.T) {
	for _, c := range []struct {
		small
		epochs uint64
		states counts // 0: not counted
		long   bool
	}{
		{small{merged, true, 3, 1, 1, faults.Budget{}, ""}, 0, counts{9_202, 2_667, 9_202, 9_202, 2_667}, false},
		{small{merged, false, 3, 2, 1, oneCrash, ""}, 0, counts{33_149, 16_405, 33_149, 33_149, 16_405}, true},
		{small{merged, false, 3, 1, 2, oneCrash, ""}, 0, counts{1_247_748, 568_612, 1_247_748, 1_212_326, 549_830}, true},
		{small{merged, false, 3, 2, 1, faults.Budget{Crashes: 2, Restarts: 2}, ""}, 0, counts{0: 3_920_874, 4: 1_362_099}, true},
		{small{messages, false, 3, 2, 1, faults.Budget{Crashes: 1}, ""}, 2, counts{144_113, 122_161, 90_481, 144_113, 69_809}, true},
		{small{messages, false, 3, 2, 1, faults.Budget{Crashes: 2}, ""}, 2, counts{831_377, 772_993, 256_473, 831_377, 211_709}, true},
	} {
		t.Run(c.String(), func(t *testing.T) {
			if c.long && !*long {
				t.Skip("takes long: -explore.long")
			}
			setup := crowd(c.clients, c.how.of(cluster(c.n, c.writes, c.budget)))
			setup.Epochs = c.epochs
			if !c.boot {
				setup = established(t, setup, servers.Established{Transactions: uint64(c.writes) / 2})
			}
			for i, none := range indifferent {
				if c.states[i] == 0 {
					continue
				}
				if r := clean(t, but(setup, none...), explore.Options{Layered: true}); r.States != c.states[i] {
					t.Errorf("but %v: %d states, want %d", none, r.States, c.states[i])
				}
			}
		})
	}
}
