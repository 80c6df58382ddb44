package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/sim"
)

// summary is what a search without a violation comes to, with what was shown.
func (x *exploration) summary(r *result, shown []witness) string {
	var b strings.Builder
	fmt.Fprintf(&b, "explored  %s\n  %s\n%s", x.scope(), numbers(r), x.method(r))
	if r.Verdict != explore.Complete {
		fmt.Fprintf(&b, "  %s\n", x.whatMoreTakes(r))
	}
	var names []string
	for i := range r.Findings {
		if r.Findings[i].Kind != checker.Sometimes {
			names = append(names, r.Findings[i].Property)
		}
	}
	held := "holds in all of them"
	if x.kind.name == lasso {
		held = "comes again and again, whatever happens"
	}
	if r.Verdict != explore.Complete {
		held = "not violated so far"
	}
	fmt.Fprintf(&b, "  %s: %s\n%s", held, strings.Join(names, ", "), aboutSometimes(r, shown))
	if spared := x.spared(r); spared != "" {
		fmt.Fprintf(&b, "  FAIL: %s was expected to be violated; wider bounds may do it\n", spared)
	}
	fmt.Fprintf(&b, "  %s\n", r.Doubt())
	if x.unjudged != nil {
		fmt.Fprintf(&b, "  not judged, it takes a clock: %s\n", strings.Join(x.unjudged, ", "))
	}
	if never := x.never(r); never != nil {
		fmt.Fprintf(&b, "  actions that never happened: %s\n", strings.Join(never, ", "))
	}
	if phases := x.unentered(r); phases != nil {
		fmt.Fprintf(&b, "  phases that no server was in: %s\n", strings.Join(phases, ", "))
	}
	if places := x.unreached(r); places != nil {
		fmt.Fprintf(&b, "  %s in the protocol never reached:\n%s\n", counted(len(places), "place"), wrap(strings.Join(places, ", "), "    "))
	}
	return b.String()
}

// scope returns "zab, 3 servers, 1 crash, 2 timeouts, 2 operations".
func (x *exploration) scope() string {
	e := &x.scenario.Explore
	parts := []string{x.protocol, counted((x.Config.Voters | x.Config.Observers).Len(), "server")}
	add := func(n int, one, many string) {
		if n == 1 {
			many = one
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, many))
		}
	}
	add(e.Crashes, "crash", "crashes")
	add(e.MachineCrashes, "power loss", "power losses")
	add(e.Restarts, "restart", "restarts")
	add(e.Partitions, "partition", "partitions")
	add(e.Cuts, "cut link", "cut links")
	add(e.Pauses, "pause", "pauses")
	add(e.Timeouts, "timeout", "timeouts")
	add(e.Operations, "operation a client", "operations a client")
	add(e.Requests, "operation in all", "operations in all")
	add(e.Elections, "election", "elections")
	add(e.InFlight, "message on a channel", "messages on a channel")
	add(e.Epochs, "epoch", "epochs")
	if e.Atomic() {
		parts = append(parts, "elections in one step")
	}
	if e.Merged() {
		parts = append(parts, "steps with their flushes")
	}
	if e.Prompt() {
		parts = append(parts, "connections in one step")
	}
	if e.Confluent() {
		parts = append(parts, "confluent actions at once")
	}
	if e.Established() {
		parts = append(parts, "from an established leader")
		add(e.Transactions, "transaction committed", "transactions committed")
		if len(e.Lagging) > 0 {
			parts = append(parts, strings.Join(e.Lagging, " ")+" lagging")
		}
		if len(e.Late) > 0 {
			parts = append(parts, strings.Join(e.Late, " ")+" late")
		}
	}
	add(x.Recovers, "action to recover", "actions to recover")
	for _, defect := range x.Config.Defects {
		parts = append(parts, "defect "+defect)
	}
	return strings.Join(parts, ", ")
}

// numbers returns "1,204,118 states  4,880,310 transitions  depth 58  complete  (41.02s)".
func numbers(r *result) string {
	verdict := r.Verdict.String()
	if r.Verdict != explore.Complete && r.Verdict != explore.Violation {
		verdict = "incomplete"
	}
	depth := ""
	if r.Depth() > 0 { // walks and swarms have no levels
		depth = fmt.Sprintf("  depth %d", r.Depth())
	}
	return fmt.Sprintf("%s  %s%s  %s  (%.2fs)",
		counted(r.States, "state"), counted(r.Transitions, "transition"), depth, verdict, r.Elapsed.Seconds())
}

// limits are the flags that raise the limits.
var limits = map[explore.Verdict]string{
	explore.StateLimit: "--max-states", explore.DepthLimit: "--depth", explore.MemoryLimit: "--memory", explore.TimeLimit: "--for",
}

// enoughToTell is how many states tell what a state takes.
const enoughToTell = 100_000

// whatMoreTakes says which limit stopped a search, and what it takes to raise
// it. How many states there are nobody knows; whether what is left to expand
// grows from level to level tells whether the end is near.
func (x *exploration) whatMoreTakes(r *result) string {
	s := "incomplete: interrupted"
	if r.Verdict == explore.Partial || r.Verdict == explore.WalkLimit {
		return "incomplete: a search of this kind proves nothing"
	}
	if flag := limits[r.Verdict]; flag != "" {
		s = "incomplete: stopped by " + flag
	}
	if r.Frontier == 0 {
		return s
	}
	s += fmt.Sprintf("; %s wait at depth %d", counted(r.Frontier, "state"), r.Depth())
	if n := len(r.Levels); n > 3 { // the last level may have been cut short
		s += fmt.Sprintf(", where each level has %.2f times as many as the one before", float64(r.Levels[n-2])/float64(r.Levels[n-3]))
	}
	if r.States < enoughToTell {
		return s
	}
	perState := float64(r.Elapsed) / float64(max(1, r.States))
	return s + fmt.Sprintf("\n  a million states more take about %v and %s", time.Duration(perState*1e6).Round(100*time.Millisecond),
		byteSize(r.Memory*1_000_000/max(1, r.States)))
}

// unreached returns the places in the protocol that a search which visited everything
// never came to; of others it means nothing, nor of one that began at a checkpoint.
func (x *exploration) unreached(r *result) []string {
	if r.Verdict != explore.Complete || x.flags.resume != "" {
		return nil
	}
	return x.world.Unreached()
}

// unentered returns the phases that no server was in, if that means anything.
func (x *exploration) unentered(r *result) []string {
	if r.Verdict != explore.Complete || x.flags.resume != "" {
		return nil
	}
	return x.world.Unentered()
}

// never returns the kinds of actions that could have happened and never did.
func (x *exploration) never(r *result) []string {
	var never []string
	for _, k := range r.Taken {
		if k.Times == 0 && !x.ruledOut(k.Kind) {
			never = append(never, k.Kind)
		}
	}
	return never
}

// ruledOut reports whether nothing of a kind can happen within the bounds.
func (x *exploration) ruledOut(kind string) bool {
	switch kind {
	case sim.Synced.String():
		return x.scenario.Explore.Merged() // it comes with the steps
	case sim.DialTimeout.String():
		return x.scenario.Explore.Prompt() // it comes with what cuts the connection
	case sim.Elect.String():
		return !x.scenario.Explore.Atomic()
	case sim.Cut.String(), sim.Heal.String():
		return x.scenario.Explore.Partitions+x.scenario.Explore.Cuts == 0
	case sim.Told.String(), sim.KeepAlive.String():
		return !slices.ContainsFunc(x.Config.Clients, func(c sim.Client) bool { return c.Session > 0 })
	}
	return slices.ContainsFunc(bounds, func(b bound) bool {
		return slices.Contains(b.kinds, kind) && *b.field(&x.scenario.Explore) == 0
	})
}

// progress returns "explore  zab  00:41   1.2M states  29k/s   frontier 84k at
// depth 31   64 MB". There is no telling how far the end is.
func (x *exploration) progress(s *explore.Stats, elapsed time.Duration) string {
	memory := byteSize(s.Memory).String()
	if s.Spilled > 0 {
		memory += fmt.Sprintf(" and %v on disk", byteSize(s.Spilled))
	}
	where := "search " + x.kind.name
	if s.Frontier > 0 {
		where = fmt.Sprintf("frontier %s at depth %d", short(s.Frontier), s.Depth())
	}
	return fmt.Sprintf("explore  %s  %02d:%02d   %s states  %s/s   %s   %s   no end yet",
		x.protocol, int(elapsed.Minutes()), int(elapsed.Seconds())%60, short(s.States), short(uint64(s.Rate())), where, memory)
}

// short returns "312", "29k", "1.2M".
func short(n uint64) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprintf("%.1fM", float64(n)/1e6)
	case n >= 1_000:
		return fmt.Sprintf("%dk", n/1000)
	}
	return strconv.FormatUint(n, 10)
}

// byteSize is an amount of memory: 4GB, 512MB.
type byteSize uint64

var byteUnits = []struct {
	name  string
	shift int
}{{"GB", 30}, {"MB", 20}, {"KB", 10}}

// String returns "4GB", "512MB", "1.5GB".
func (b byteSize) String() string {
	for _, u := range byteUnits {
		if b >= 1<<u.shift {
			return strconv.FormatFloat(float64(b*10>>u.shift)/10, 'f', -1, 64) + u.name
		}
	}
	return strconv.FormatUint(uint64(b), 10)
}

// Set implements pflag.Value.
func (b *byteSize) Set(text string) error {
	for _, u := range byteUnits {
		if number, ok := strings.CutSuffix(strings.ToUpper(text), u.name); ok {
			n, err := strconv.ParseFloat(number, 64)
			if err != nil || !(n >= 0 && n <= 1<<20) { // NaN is neither
				return fmt.Errorf("%q is no amount of memory; write 4GB or 512MB", text)
			}
			*b = byteSize(n * float64(uint64(1)<<u.shift))
			return nil
		}
	}
	return fmt.Errorf("%q is no amount of memory; write 4GB or 512MB", text)
}

// Type implements pflag.Value.
func (b *byteSize) Type() string { return "size" }
