package conformance

import (
	"fmt"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
)

// action is a kind of step: which arguments it takes besides words for people,
// and what it does.
type action struct {
	needs, may string // names of arguments, separated by blanks
	do         func(*replay, *Step) error
}

// actions are the steps there are.
var actions = map[string]action{
	"start":  {"servers", "", (*replay).start},
	"kill":   {"servers", "", (*replay).kill},
	"stop":   {"servers", "", (*replay).kill},
	"pause":  {"server", "", (*replay).pause},
	"resume": {"server", "", (*replay).resume},

	"partition":        {"groups", "", (*replay).partition},
	"cut_link":         {"a b", "", (*replay).cutLink},
	"block_one_way":    {"from to", "", (*replay).blockOneWay},
	"unblock_one_way":  {"from to", "", (*replay).unblockOneWay},
	"heal":             {"", "", (*replay).heal},
	"block_port":       {"server port", "", (*replay).holdPackets},
	"hold_messages":    {"leader direction type", "released servers", (*replay).holdPackets},
	"drop_messages":    {"leader direction type", "released servers", (*replay).holdPackets},
	"release_messages": {"leader", "type direction", (*replay).releaseMessages},

	"wipe_data":          {"server", "", (*replay).wipe},
	"replace_data_dir":   {"server with", "", (*replay).replaceDisk},
	"write_epoch_file":   {"server file value", "", (*replay).writeEpoch},
	"delete_epoch_files": {"server", "", (*replay).deleteEpochs},

	"sleep":              {"ticks", "", (*replay).sleep},
	"wait_serving":       {"servers", "", (*replay).waitServing},
	"wait_mode":          {"server mode", "", (*replay).waitMode},
	"wait_logged":        {"servers path", "", (*replay).waitLogged},
	"wait_acceptedEpoch": {"servers value", "", (*replay).waitEpoch},
	"wait_currentEpoch":  {"servers value", "", (*replay).waitEpoch},
	"note":               {"", "", func(*replay, *Step) error { return nil }},

	"op":                   {"op", opArgs, (*replay).op},
	"op_begin":             {"op via", opArgs, (*replay).opBegin},
	"op_end":               {"op via", opArgs, (*replay).opEnd},
	"op_many":              {"", opArgs + " count data_bytes pipelined ops", (*replay).opMany},
	"probe_write_until_ok": {"servers op path data", "version", (*replay).probe},
	"load_begin":           {"writers one_per_server", "", (*replay).loadBegin},
	"load_end":             {"", "", (*replay).loadEnd},
	"session_open":         {"via", "name timeout_ticks last_zxid_seen", (*replay).sessionOpen},
	"session_reattach":     {"name via", "", (*replay).sessionReattach},
	"session_close":        {"name", "", (*replay).sessionClose},
}

const opArgs = "op via path data version new_session sequential ephemeral ops session conn"

func (r *replay) start(s *Step) error {
	for _, id := range s.args.Servers {
		if r.w.Up(id) {
			r.remark(s, "%v was up already", id)
			continue
		}
		if err := r.apply(sim.Action{Kind: sim.Start, Server: id}); err != nil {
			return err
		}
	}
	return nil
}

// kill ends processes. SIGTERM does the same as SIGKILL: ZooKeeper has no
// handler that would shut the server down in order, the process just ends, and
// the kernel keeps what was written and closes the sockets.
func (r *replay) kill(s *Step) error {
	for _, id := range s.args.Servers {
		if !r.w.Up(id) {
			r.remark(s, "%v was down already", id)
			continue
		}
		if err := r.apply(sim.Action{Kind: sim.Crash, Server: id}); err != nil {
			return err
		}
		r.paused = r.paused.Without(id)
	}
	return nil
}

func (r *replay) pause(s *Step) error {
	r.paused = r.paused.With(s.args.Server)
	return r.apply(sim.Action{Kind: sim.Pause, Server: s.args.Server})
}

func (r *replay) resume(s *Step) error {
	r.paused = r.paused.Without(s.args.Server)
	return r.apply(sim.Action{Kind: sim.Resume, Server: s.args.Server})
}

// sleep lets time pass. Before something goes wrong it takes up to a tick more,
// drawn from the seed: when in a tick a failure strikes makes a difference, and
// the recording left that to chance.
func (r *replay) sleep(s *Step) error {
	d := r.c.ticks(s.args.Ticks)
	if s.N < len(r.c.Timeline) && slices.Contains(failures, r.c.Timeline[s.N].Action) {
		d += time.Duration(choice.Between(r.src, 0, int64(r.c.tick()), &r.phase))
	}
	return r.advance(d)
}

// failures are the actions whose moment is left to chance.
var failures = []string{"kill", "stop", "pause", "partition", "cut_link", "block_one_way"}

func (r *replay) waitServing(s *Step) error {
	return r.wait(fmt.Sprintf("%v to serve", nodes.SetOf(s.args.Servers...)), func() bool { return r.serving(s.args.Servers) })
}

func (r *replay) waitMode(s *Step) error {
	return r.wait(fmt.Sprintf("%v to be %s", s.args.Server, s.args.Mode), func() bool {
		return r.role(r.w, s.args.Server) == s.args.Mode
	})
}

func (r *replay) waitLogged(s *Step) error {
	return r.wait("a transaction on "+s.args.Path+" in the logs", func() bool {
		return !slices.ContainsFunc(s.args.Servers, func(id nodes.ID) bool {
			return !mentions(logOf(r.w.Image(id)), s.args.Path, "")
		})
	})
}

func (r *replay) waitEpoch(s *Step) error {
	f := currentEpoch
	if s.Action == "wait_acceptedEpoch" {
		f = acceptedEpoch
	}
	return r.wait(fmt.Sprintf("epoch %d on disk", s.args.Value), func() bool {
		return !slices.ContainsFunc(s.args.Servers, func(id nodes.ID) bool {
			return r.w.Image(id).Last(f) != zab.Epoch(s.args.Value)
		})
	})
}
