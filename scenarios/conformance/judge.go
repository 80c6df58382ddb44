package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim"
)

// judgement is the moment after a step at which facts are looked at. What takes
// time to see (data, logs, messages under way) is looked at in a clone of the
// world, so that looking changes nothing.
type judgement struct {
	*replay
	n    int     // the step
	calm *moment // see settled
}

// moment is a world with its record.
type moment struct {
	w    *sim.World
	seen *record
}

// judges says for each kind of fact how to find out what is the case here, in
// the shape of the recorded value. An error says why that cannot be told.
var judges = map[string]func(*judgement, *Fact) (any, error){
	"leader":            (*judgement).leaderNow,
	"roles":             (*judgement).rolesNow,
	"state_transitions": (*judgement).transitions,

	"epochs_on_disk":    (*judgement).epochs,
	"txn_log":           (*judgement).log,
	"txn_log_summary":   (*judgement).logSummary,
	"snapshots_on_disk": (*judgement).snapshotFiles,
	"servers":           (*judgement).serversLogged,

	"data":      (*judgement).data,
	"srvr_zxid": (*judgement).lastZxids,
	"zxid":      (*judgement).writeZxid,
	"op":        (*judgement).outcome,
	"op_table":  (*judgement).outcomes,
	"value":     (*judgement).value,
	"list":      (*judgement).list,
	"count":     (*judgement).count,
	"predicate": (*judgement).predicate,

	"sync_mode":        (*judgement).syncModes,
	"learner_received": (*judgement).received,
	"packets":          (*judgement).exchanged,
	"log_message":      (*judgement).messages,
}

// judge looks at the facts of a step.
func (r *replay) judge(step int, faithful bool) {
	j := &judgement{replay: r, n: step}
	for i := range r.c.Facts {
		if f := &r.c.Facts[i]; f.After == step {
			r.out.Verdicts = append(r.out.Verdicts, j.verdict(f, faithful))
		}
	}
}

func (j *judgement) verdict(f *Fact, faithful bool) Verdict {
	v := Verdict{Fact: f, Status: NotJudged}
	switch {
	case j.out.Stuck != "":
		v.Why = "the replay got stuck before"
	case f.Level == Bug && !faithful:
		v.Why = "a mistake of ZooKeeper 3.8.0 that this profile does not repeat"
	case f.Level == Expected && faithful:
		v.Why = "this profile repeats the mistake"
	default:
		v.Why = j.blocked(f)
	}
	if v.Why != "" {
		return v
	}
	seen, err := judges[f.Kind](j, f)
	if err != nil {
		v.Why = err.Error()
		return v
	}
	v.Status = Differs
	seen = plain(seen)
	for _, raw := range f.accepted() {
		var want any
		if err := json.Unmarshal(raw, &want); err == nil && reflect.DeepEqual(spread(want), seen) {
			v.Status = Held
		}
	}
	v.Seen = short(seen)
	return v
}

// blocked says why a fact cannot be told: a step that it depends on could not
// be expressed.
func (j *judgement) blocked(f *Fact) string {
	switch f.Kind {
	case "leader", "roles", "epochs_on_disk", "state_transitions":
		return ""
	}
	for n := 1; n <= j.n; n++ {
		if why := j.steps[n].skipped; why != "" {
			return fmt.Sprintf("step %d %s", n, why)
		}
	}
	return ""
}

// want reads the recorded value (the first of several) into a Go value.
func want[T any](f *Fact) (T, error) {
	var v T
	raw := f.accepted()[0]
	b, err := json.Marshal(spread(plain(raw)))
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	return v, err
}

// perServer asks something of each server that the recorded value names.
func perServer[T any](f *Fact, ask func(nodes.ID) T) (any, error) {
	named, err := want[map[string]any](f)
	if err != nil {
		return nil, err
	}
	out := map[string]T{}
	for k := range named {
		out[k] = ask(serverOf(k))
	}
	return out, nil
}

// calmTicks is how long servers get to agree before logs and data are compared.
// It is short against syncLimit, so that nobody gives up meanwhile.
const calmTicks = 2

// settled returns a later moment, at which all servers that run agree on the
// history, or have had the time for it.
func (j *judgement) settled() *moment {
	if j.calm != nil {
		return j.calm
	}
	seen := j.seen.clone()
	j.calm = &moment{j.w.Clone(seen), seen}
	w := j.calm.w
	for end := w.Now() + j.c.ticks(calmTicks); w.Now() < end && !j.agree(w); {
		if advance(w, j.c.tick()/100) != nil {
			return j.calm
		}
	}
	// What was applied may still wait for its turn to be logged. If this ends
	// the run, so it will the original's, which reports it.
	_ = advance(w, 5*fsync.Max)
	return j.calm
}

// agree reports whether all servers that run serve the same history.
func (j *judgement) agree(w *sim.World) bool {
	var first nodes.History
	for id := range j.c.servers().All() {
		s := w.Status(id)
		switch {
		case !w.Up(id):
		case !s.Serving:
			return false
		case first == (nodes.History{}):
			first = s.History
		case first != s.History:
			return false
		}
	}
	return true
}

func (j *judgement) leaderNow(*Fact) (any, error) { return j.steps[j.n].leader, nil }

func (j *judgement) rolesNow(*Fact) (any, error) { return j.roles(j.w), nil }

// transitions lists the states that each server entered since its mark.
func (j *judgement) transitions(f *Fact) (any, error) {
	names := map[nodes.Role]string{
		nodes.Looking: "LOOKING", nodes.Following: "FOLLOWING", nodes.Leading: "LEADING", nodes.Observing: "OBSERVING",
	}
	return perServer(f, func(id nodes.ID) []string {
		states := []string{}
		for _, v := range j.seen.views[j.steps[j.mark(id)].views:] {
			if name, ok := names[v.after.Role]; ok && v.server == id && v.before.Role != v.after.Role {
				states = append(states, name)
			}
		}
		const most = 6 // the recorder cut long lists short
		if k := len(states); k > most {
			states = append(states[:most:most], fmt.Sprintf("... %d in all", k))
		}
		return states
	})
}

func (j *judgement) epochs(f *Fact) (any, error) {
	return perServer(f, func(id nodes.ID) map[string]int64 { return epochsOf(j.w.Image(id)) })
}

func (j *judgement) log(f *Fact) (any, error) {
	return perServer(f, func(id nodes.ID) []string { return lines(logOf(j.settled().w.Image(id))) })
}

func (j *judgement) logSummary(f *Fact) (any, error) {
	return perServer(f, func(id nodes.ID) map[string]any { return summary(logOf(j.settled().w.Image(id))) })
}

func (j *judgement) snapshotFiles(f *Fact) (any, error) {
	return perServer(f, func(id nodes.ID) []string { return snapshotsOf(j.settled().w.Image(id)) })
}

// serversLogged lists the servers with a certain transaction in their logs: the
// one whose path ends the fact's name, as in logged_p5, or else the first that
// was begun and not waited for.
func (j *judgement) serversLogged(f *Fact) (any, error) {
	var subject *Args
	for n := j.n; n > 0; n-- {
		s := &j.c.Timeline[n-1]
		if o := j.steps[n].op; s.Action != "op_begin" || o == nil || !o.writes() {
			continue
		}
		subject = &s.args
		if f.ID == "logged_"+s.args.Path[1:] {
			break
		}
	}
	if subject == nil {
		return nil, fmt.Errorf("no write was begun before step %d", j.n)
	}
	var ids []nodes.ID
	for id := range j.c.servers().All() {
		if mentions(logOf(j.w.Image(id)), subject.Path, subject.Data) {
			ids = append(ids, id)
		}
	}
	return numbers(ids), nil
}

// lastZxids is the last zxid that each server shows to a client.
func (j *judgement) lastZxids(f *Fact) (any, error) {
	return perServer(f, func(id nodes.ID) string {
		r := j.ask(id, znode.Op{Kind: znode.KindExists, Path: "/"})
		if r.status != "ok" {
			return r.status
		}
		return zxid(r.pos)
	})
}

// data reads paths at each server: "value vVERSION mzxid", or the error.
func (j *judgement) data(f *Fact) (any, error) {
	named, err := want[map[string]map[string]string](f)
	if err != nil {
		return nil, err
	}
	out := map[string]map[string]string{}
	for k, paths := range named {
		out[k] = map[string]string{}
		var ops []znode.Op
		for _, path := range slices.Sorted(maps.Keys(paths)) {
			ops = append(ops, znode.Op{Kind: znode.KindGet, Path: path})
		}
		for i, r := range j.askAs(j.cast.checkers[serverOf(k)], ops) {
			out[k][ops[i].Path] = r.node()
		}
	}
	return out, nil
}

// node prints what a read returned.
func (r *result) node() string {
	switch r.status {
	case "ok":
		return fmt.Sprintf("%s v%d %s", r.Data, r.Stat.Version, zxid(r.Stat.Modified))
	case "err":
		return r.Code.String()
	default:
		return r.status
	}
}

// ask lets a client of its own put a question to one server at the settled
// moment, in a clone of that.
func (j *judgement) ask(id nodes.ID, op znode.Op) result {
	return j.askAs(j.cast.checkers[id], []znode.Op{op})[0]
}

// askAs lets a client put several questions, one after the other.
func (j *judgement) askAs(client nodes.ClientID, ops []znode.Op) []result {
	calm := j.settled()
	seen := calm.seen.clone()
	w := calm.w.Clone(seen)
	q := j.cast.queues[client-1]
	before := q.ops
	// The clone's client is where the original's is: of the questions that were
	// put before in other clones it has never heard.
	for _, op := range ops {
		q.ops = append(slices.Clip(q.ops), sim.Op{Class: nodes.Read, Body: op.Body()})
	}
	defer func() { q.ops = before }()
	w.Poll(client)
	results := make([]result, len(ops))
	for i := range results {
		o := &operation{op: ops[i], id: call{client, uint32(len(before) + i + 1)}}
		for range calmTicks * 100 {
			if results[i] = o.result(seen); results[i].status != "" || advance(w, j.c.tick()/100) != nil {
				break
			}
		}
		if results[i].status == "" {
			results[i].status = "timeout"
		}
	}
	return results
}

// mark returns the step since which the recorder looked at a server: the last
// one that started it, healed the network, or took its leader away.
func (j *judgement) mark(id nodes.ID) int {
	for n := j.n; n > 1; n-- {
		s, d := &j.c.Timeline[n-1], &j.steps[n]
		switch s.Action {
		case "start":
			if slices.Contains(s.args.Servers, id) {
				return n
			}
		case "heal", "partition":
			return n
		case "pause", "kill", "stop":
			if d.touched.Has(id) || d.touched.Has(j.steps[n-1].leader) {
				return n
			}
		}
	}
	return 1
}
