package conformance

import (
	"cmp"
	"fmt"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
)

// Options say how to replay a case.
type Options struct {
	Seed uint64
	// Zab may change the settings that the case asks for; nil: as they are.
	Zab func(*zab.Options)
	// Defects are names of planted faults of package zab.
	Defects []string
	// Profile is the version profile of zab; "": the default. On those that
	// repeat a mistake of ZooKeeper (facts of level bug) it is to be shown, on the
	// others what the protocol requires in its place.
	Profile string
}

// profile returns the name of the profile.
func (o *Options) profile() string { return cmp.Or(o.Profile, zab.DefaultOptions().Profile) }

// Status says what became of a fact.
type Status uint8

// The fates of a fact.
const (
	Held Status = iota
	Differs
	NotJudged
)

// String returns "held", "differs" or "not judged".
func (s Status) String() string { return [...]string{"held", "differs", "not judged"}[s] }

// Verdict is a fact with what became of it.
type Verdict struct {
	Fact   *Fact
	Status Status
	Seen   string // what was seen; empty if it was not judged
	Why    string // why it was not judged
}

// Duration is a timing with what was measured here, in ticks.
type Duration struct {
	Name     string
	Recorded Timing
	Ticks    float64
	Measured bool
}

// Outcome is what came of a replay.
type Outcome struct {
	Case      *Case
	Seed      uint64
	Verdicts  []Verdict // in the order of the steps
	Durations []Duration
	// Stuck says which step could not be done and why; the facts after it were
	// not judged. Empty: the timeline was done to its end.
	Stuck string
	// Remarks are what had to be done differently from the timeline.
	Remarks []string
}

// replay is a case on its way through a world.
type replay struct {
	c     *Case
	cfg   *sim.Config
	w     *sim.World
	cast  *cast
	seen  *record
	steps []done // by step, index 0 unused
	src   choice.Source
	phase choice.Stream

	sessions [nodes.MaxServers + 1]session
	named    []*namedSession
	rounds   []*operation // of op_many with watches: the reads that saw the new values
	paused   nodes.Set
	active   []int // steps whose filters are on, oldest first
	wiped    [nodes.MaxServers + 1]nodes.Disk
	loading  bool
	watching bool

	out *Outcome
}

// done is what is known of a step that was performed.
type done struct {
	began, ended time.Duration
	// What had been recorded when it began.
	views, packets int
	touched        nodes.Set        // the servers it names
	leader         nodes.ID         // serving when it was over
	op             *operation       // op, op_begin, op_end, probe_write_until_ok, session_open
	many           []*operation     // op_many
	writers        []nodes.ClientID // load_begin
	skipped        string           // why it was not performed
}

// limit is the longest any step may take, in ticks. It is far more than the
// recorded ones took: an election can back off to maxNotificationInterval.
const limit = 400

// Replay performs the timeline and judges the facts. An error means that the
// case cannot be replayed at all; what goes wrong on the way is part of the
// outcome.
func (c *Case) Replay(o Options) (*Outcome, error) {
	out := &Outcome{Case: c, Seed: o.Seed}
	if why := c.notYet(); why != "" {
		for i := range c.Facts {
			out.Verdicts = append(out.Verdicts, Verdict{Fact: &c.Facts[i], Status: NotJudged, Why: why})
		}
		return out, nil
	}
	settings := c.options()
	if o.Profile != "" {
		settings.Profile = o.Profile
	}
	if o.Zab != nil {
		o.Zab(settings)
	}
	if err := zab.Protocol.Check(settings, c.voters(), c.members("observer")); err != nil {
		return nil, fmt.Errorf("%s: %w", c.file, err)
	}
	k := newCast(c)
	r := &replay{
		c: c, cast: k, cfg: c.config(settings, o.Defects, k), seen: newRecord(k), steps: make([]done, len(c.Timeline)+1),
		src: choice.Seed(o.Seed), phase: choice.NewStream("phase"), out: out,
	}
	r.w = sim.New(r.cfg, r.src, r.seen)
	r.run(c.mistaken(o.profile()))
	return out, nil
}

func (r *replay) run(faithful bool) {
	for i := range r.c.Timeline {
		s := &r.c.Timeline[i]
		if r.out.Stuck == "" {
			r.perform(s)
		}
		r.judge(s.N, faithful)
		r.disturb(s)
	}
	if r.out.Stuck == "" {
		r.measure()
	}
}

// disturb does what the recorder did to look at the facts after a step, where
// that left traces.
func (r *replay) disturb(s *Step) {
	for i := range r.c.Facts {
		f := &r.c.Facts[i]
		if f.After != s.N || f.Kind != "data" || r.out.Stuck != "" {
			continue
		}
		if err := r.openCheckers(s, f); err != nil {
			r.out.Stuck = fmt.Sprintf("%s: looking at the data after step %d: %v", r.c.Name(), s.N, err)
		}
	}
}

// perform does one step and takes down what is needed of it later.
func (r *replay) perform(s *Step) {
	d := &r.steps[s.N]
	*d = done{
		began: r.w.Now(), views: len(r.seen.views), packets: len(r.seen.packets), touched: s.args.named(),
	}
	r.watchIfNeeded(s)
	if err := actions[s.Action].do(r, s); err != nil {
		r.out.Stuck = fmt.Sprintf("%s: step %d (%s) after %.1f ticks: %v", r.c.Name(), s.N, s.Action, r.inTicks(r.w.Now()-d.began), err)
	}
	d.ended, d.leader = r.w.Now(), r.leader()
}

// skip leaves a step out that cannot be expressed yet.
func (r *replay) skip(s *Step, why string) { r.steps[s.N].skipped = why }

func (r *replay) remark(s *Step, format string, args ...any) {
	r.out.Remarks = append(r.out.Remarks, fmt.Sprintf("step %d: ", s.N)+fmt.Sprintf(format, args...))
}

// advance lets time pass.
func (r *replay) advance(d time.Duration) error {
	err := advance(r.w, d)
	if k := len(r.seen.said); err != nil && k > 0 {
		err = fmt.Errorf("%w; last words of %v: %s %s", err, r.seen.said[k-1].server, r.seen.said[k-1].note, r.seen.said[k-1].words)
	}
	return err
}

func advance(w *sim.World, d time.Duration) error {
	if stop := sim.Run(w, w.Now()+d, nil); stop != sim.Finished {
		return fmt.Errorf("the run ended: %v", stop)
	}
	return nil
}

// wait lets time pass, a hundredth of a tick at once, until something is true.
func (r *replay) wait(what string, ready func() bool) error {
	for end := r.w.Now() + r.c.ticks(limit); !ready(); {
		if r.w.Now() >= end {
			return fmt.Errorf("waited %d ticks in vain for %s; roles: %v", limit, what, r.roles(r.w))
		}
		if err := r.advance(r.c.tick() / 100); err != nil {
			return err
		}
	}
	return nil
}

// apply performs an action of the world now.
func (r *replay) apply(a sim.Action) error { return r.w.Apply(a) }

func (r *replay) inTicks(d time.Duration) float64 { return float64(d) / float64(r.c.tick()) }

// leader returns the serving leader of the highest epoch, or 0.
func (r *replay) leader() nodes.ID { return leaderOf(r.w, r.c.servers()) }

func leaderOf(w *sim.World, among nodes.Set) nodes.ID {
	var leader nodes.ID
	for id := range among.All() {
		s := w.Status(id)
		if s.Role == nodes.Leading && s.Serving && (leader == 0 || s.Epoch > w.Status(leader).Epoch) {
			leader = id
		}
	}
	return leader
}

// role says what a server is, in the words of the cases.
func (r *replay) role(w *sim.World, id nodes.ID) string {
	s := w.Status(id)
	switch {
	case !w.Up(id):
		return "down"
	case r.paused.Has(id):
		return "paused"
	case !s.Serving:
		return "notserving"
	case s.Role == nodes.Leading:
		return "leader"
	case s.Role == nodes.Observing:
		return "observer"
	default:
		return "follower"
	}
}

func (r *replay) roles(w *sim.World) map[string]string {
	roles := map[string]string{}
	for id := range r.c.servers().All() {
		roles[key(id)] = r.role(w, id)
	}
	return roles
}

// serving reports whether these servers are one leader and its followers and
// observers, all of them open to clients.
func (r *replay) serving(ids []nodes.ID) bool {
	leader := leaderOf(r.w, nodes.SetOf(ids...))
	if leader == 0 {
		return false
	}
	for _, id := range ids {
		if s := r.w.Status(id); !s.Serving || s.Leader != leader {
			return false
		}
	}
	return true
}
