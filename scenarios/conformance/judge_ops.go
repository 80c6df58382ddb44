package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/znode"
)

// unacked is what the cases call an operation whose client was not told that it
// succeeded.
const unacked = "unacked"

// newest returns the newest operation, from this step back, that ended and is
// of interest.
func (j *judgement) newest(of func(*operation) bool) (*operation, error) {
	for n := j.n; n > 0; n-- {
		if o := j.steps[n].op; o != nil && j.c.Timeline[n-1].Action != "op_begin" && of(o) {
			return o, nil
		}
	}
	return nil, fmt.Errorf("no such operation ended by step %d", j.n)
}

// writeZxid is the zxid of the newest write that succeeded.
func (j *judgement) writeZxid(*Fact) (any, error) {
	o, err := j.newest(func(o *operation) bool { return o.writes() && o.result(j.seen).status == "ok" })
	if err != nil {
		return nil, err
	}
	return zxid(o.result(j.seen).pos), nil
}

// outcome is how the newest operation ended; the newest read, if the fact's
// name says so.
func (j *judgement) outcome(f *Fact) (any, error) {
	expected, err := want[string](f)
	if err != nil {
		return nil, err
	}
	o, err := j.newest(func(o *operation) bool { return !strings.Contains(f.ID, "read") || o.op.Reads() && !o.sync })
	if err != nil {
		return nil, err
	}
	switch r := o.result(j.seen); {
	case r.Results != nil:
		codes := make([]string, len(r.Results))
		for i := range r.Results {
			codes[i] = r.Results[i].Code.String()
		}
		return r.status + " " + strings.Join(codes, ","), nil
	case expected == "connloss":
		return r.status, nil
	case r.status == "err":
		return r.Code.String(), nil
	case r.status != "ok":
		return unacked, nil
	case strings.HasPrefix(expected, "ok "):
		return "ok " + r.Data, nil
	default:
		return "ok", nil
	}
}

// outcomes is a row for each operation up to this step, with the columns that
// the recorded table has.
func (j *judgement) outcomes(f *Fact) (any, error) {
	rows, err := want[[]map[string]any](f)
	if err != nil {
		return nil, err
	}
	var ops []*operation
	for n := 1; n <= j.n; n++ {
		if o := j.steps[n].op; o != nil && j.c.Timeline[n-1].Action == "op" {
			ops = append(ops, o)
		}
	}
	if len(ops) != len(rows) {
		return nil, fmt.Errorf("%d operations, the table has %d rows", len(ops), len(rows))
	}
	for i, o := range ops {
		r := o.result(j.seen)
		columns := map[string]any{"status": r.status}
		if r.status == "err" {
			columns["err"] = r.Code.String()
		}
		if r.status == "ok" && o.op.Kind != znode.KindDelete {
			columns["version"] = r.Stat.Version
		}
		if r.status == "ok" && o.op.Kind == znode.KindGet {
			columns["data"] = r.Data
		}
		if _, asked := rows[i]["zxid"]; asked {
			columns = map[string]any{"zxid": zxid(r.pos)}
		}
		columns["case"] = rows[i]["case"]
		rows[i] = columns
	}
	return rows, nil
}

// value is the data that a read returned: the newest operation, or what a
// watcher saw.
func (j *judgement) value(f *Fact) (any, error) {
	switch {
	case strings.HasSuffix(f.ID, "value_read_last"):
		seen := j.glances(j.isolated())
		if len(seen) == 0 {
			return nil, errors.New("nobody was watching")
		}
		return seen[len(seen)-1], nil
	case f.ID == "first_value_after_heal":
		return j.firstAfterHeal()
	}
	o, err := j.newest(func(o *operation) bool { return o.op.Kind == znode.KindGet && !o.sync })
	if err != nil {
		return nil, err
	}
	return o.result(j.seen).Data, nil
}

// firstAfterHeal is the first value that a watcher read at the isolated server
// once the network had healed.
func (j *judgement) firstAfterHeal() (any, error) {
	healed, id := j.lastStep("heal"), j.isolated()
	for _, g := range j.settled().seen.reads {
		if healed > 0 && g.server == id && g.ok && g.at > j.steps[healed].ended {
			return dataOf(g.body), nil
		}
	}
	return nil, errors.New("nobody read after the network healed")
}

// lastStep returns the newest step of that action, or 0.
func (j *judgement) lastStep(action string) int {
	for n := j.n; n > 0; n-- {
		if j.c.Timeline[n-1].Action == action {
			return n
		}
	}
	return 0
}

// lastCut returns the newest partition.
func (j *judgement) lastCut() (*Step, int) {
	n := j.lastStep("partition")
	if n == 0 {
		return nil, 0
	}
	return &j.c.Timeline[n-1], n
}

// isolated returns the server whose clients are of interest while the network
// is split: the old leader if it is in the minority, else the first of the
// minority.
func (j *judgement) isolated() nodes.ID {
	s, n := j.lastCut()
	if s == nil {
		return 0
	}
	for _, g := range s.args.Groups {
		if side := nodes.SetOf(g...); !side.Majority(j.c.voters()) {
			if leader := j.steps[n-1].leader; side.Has(leader) {
				return leader
			}
			return side.Min()
		}
	}
	return 0
}

// glances lists what watchers read at a server while the network was split.
func (j *judgement) glances(id nodes.ID) []string {
	_, cut := j.lastCut()
	until := j.w.Now()
	if healed := j.lastStep("heal"); healed > cut {
		until = j.steps[healed].began
	}
	var values []string
	for _, g := range j.seen.reads {
		if g.server == id && g.ok && g.at >= j.steps[cut].ended && g.at <= until {
			values = append(values, dataOf(g.body))
		}
	}
	return values
}

func dataOf(body []byte) string {
	r, err := znode.ParseResult(body)
	if err != nil || r.Code != znode.OK {
		return r.Code.String()
	}
	return r.Data
}

// list is a sequence gathered along the timeline.
func (j *judgement) list(f *Fact) (any, error) {
	switch {
	case f.ID == "leaders":
		return j.leaders(f)
	case f.ID == "names":
		return j.names(), nil
	case f.ID == "children":
		o, err := j.newest(func(o *operation) bool { return o.op.Kind == znode.KindChildren })
		if err != nil {
			return nil, err
		}
		return o.result(j.seen).Children, nil
	case strings.HasSuffix(f.ID, "zxids"):
		return j.zxids(), nil
	case f.ID == "values_seen_in_isolation":
		return slices.Compact(j.glances(j.isolated())), nil
	default:
		return nil, fmt.Errorf("not known what the list %s holds", f.ID)
	}
}

// names lists the paths of the sequential nodes, in the order in which they were
// asked for.
func (j *judgement) names() []string {
	var paths []string
	for n := 1; n <= j.n; n++ {
		if o := j.steps[n].op; o != nil && o.op.Sequential {
			paths = append(paths, o.result(j.seen).Path)
		}
	}
	return paths
}

// zxids lists the zxids of all writes.
func (j *judgement) zxids() []string {
	out := []string{}
	for n := 1; n <= j.n; n++ {
		o := j.steps[n].op
		if o == nil || !o.writes() || o.op.Kind == znode.KindCloseSession || j.c.Timeline[n-1].Action == "op_begin" {
			continue
		}
		if r := o.result(j.seen); r.status == "ok" {
			out = append(out, zxid(r.pos))
		} else {
			out = append(out, unacked)
		}
	}
	return out
}

// leaders lists the leaders that the waits of the timeline ended with. Which
// waits are meant is told by their number: one after each kill, or that and
// the one before the first, or every one from the first kill on.
func (j *judgement) leaders(f *Fact) (any, error) {
	expected, err := want[[]nodes.ID](f)
	if err != nil {
		return nil, err
	}
	var afterKill, all []nodes.ID
	var before nodes.ID
	killed, fresh := false, false
	for n := 1; n <= j.n; n++ {
		switch j.c.Timeline[n-1].Action {
		case "kill", "stop":
			killed, fresh = true, true
		case "wait_serving":
			leader := j.steps[n].leader
			if !killed {
				before = leader
				continue
			}
			all = append(all, leader)
			if fresh {
				afterKill, fresh = append(afterKill, leader), false
			}
		}
	}
	for _, candidate := range [][]nodes.ID{afterKill, append([]nodes.ID{before}, afterKill...), all} {
		if len(candidate) == len(expected) {
			return numbers(candidate), nil
		}
	}
	return nil, fmt.Errorf("not known which %d leaders are meant", len(expected))
}

// numbers keeps servers from being written as a string of bytes.
func numbers(ids []nodes.ID) []int {
	out := make([]int, len(ids))
	for i, id := range ids {
		out[i] = int(id)
	}
	return out
}
