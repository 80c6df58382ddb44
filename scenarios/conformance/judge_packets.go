package conformance

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
)

// sinceMark lists what a learner received since its mark.
func (j *judgement) sinceMark(id nodes.ID, keep func(nodes.Message) bool) []string {
	out := []string{}
	for _, p := range j.settled().seen.packets[j.steps[j.mark(id)].packets:] {
		if p.delivered && p.to == id && p.from == j.speaker(p) && keep(p.msg) {
			out = append(out, packet(p.msg))
		}
	}
	return out
}

// speaker returns who sent a packet if that is something leaders send.
func (j *judgement) speaker(p parcel) nodes.ID {
	switch p.msg.(type) {
	case zab.FollowerInfo, zab.ObserverInfo, zab.AckEpoch, zab.Ack, zab.Request:
		return 0 // learners do
	default:
		return p.from
	}
}

// syncModes lists the packets that say how each learner is brought up to date.
func (j *judgement) syncModes(f *Fact) (any, error) {
	return perServer(f, func(id nodes.ID) []string {
		return j.sinceMark(id, func(m nodes.Message) bool {
			switch m.(type) {
			case zab.Diff, zab.Trunc, zab.Snap:
				return true
			default:
				return false
			}
		})
	})
}

func (j *judgement) received(f *Fact) (any, error) {
	asked, err := want[struct{ Learner nodes.ID }](f)
	if err != nil {
		return nil, err
	}
	all := func(nodes.Message) bool { return true }
	return map[string]any{"learner": asked.Learner, "packets": j.sinceMark(asked.Learner, all)}, nil
}

// exchanged lists the packets between learners and the leader since the newest
// operation: on one link in order, or on each of them sorted.
func (j *judgement) exchanged(f *Fact) (any, error) {
	if id, found := strings.CutPrefix(f.ID, "packets_link_"); found {
		return j.link(serverOf(id)), nil
	}
	if f.ID != "packets_sorted" {
		return nil, fmt.Errorf("not known which packets %s holds", f.ID)
	}
	return perServer(f, func(id nodes.ID) []string {
		l := j.link(id)
		slices.Sort(l)
		return l
	})
}

// link lists what was sent between the leader and a learner, as seen at the
// leader.
func (j *judgement) link(id nodes.ID) []string {
	leader := j.steps[j.n].leader
	out := []string{}
	for _, p := range j.settled().seen.packets[j.steps[j.lastStep("op")].packets:] {
		switch {
		case p.from == leader && p.to == id && !p.delivered:
			out = append(out, fmt.Sprintf("L%d>%d %s", leader, id, packet(p.msg)))
		case p.from == id && p.to == leader && p.delivered:
			out = append(out, fmt.Sprintf("%d>L%d %s", id, leader, packet(p.msg)))
		}
	}
	return out
}

// noteOf names the note that stands for a line of ZooKeeper's log, for lines
// that package zab does not write out.
var noteOf = map[string][]string{
	"Using committedLog for peer":          {"sync-diff", "sync-trunc", "sync-diff-new-epoch"},
	"Use txnlog and committedLog for peer": {"sync-disk"},
	"Txnlog size exceeds sizeLimit":        {"sync-disk-unavailable"},
}

// messages lists those of the recorded lines that were logged here too.
func (j *judgement) messages(f *Fact) (any, error) {
	expected, err := want[[]string](f)
	if err != nil {
		return nil, err
	}
	if len(expected) == 0 {
		return nil, errors.New("the recording does not say which line was looked for")
	}
	found := []string{}
	for _, line := range expected {
		if slices.ContainsFunc(j.settled().seen.said, func(s saying) bool { return says(s, line) }) {
			found = append(found, line)
		}
	}
	return found, nil
}

func says(s saying, line string) bool {
	return slices.Contains(noteOf[line], s.note) || s.words != "" && strings.Contains(s.words, inOurWords(line))
}

var (
	sidList  = regexp.MustCompile(`\[ \[([0-9, ]*)\] \]`)
	bigZxid  = regexp.MustCompile(`\b[0-9]{10,}\b`)
	shutdown = "Shutdown called. For the reason "
)

// inOurWords writes server ids and zxids in a line of ZooKeeper's log the way
// we do: "[ [4, 5] ]" is {s4 s5}, 8589934593 is 2.1.
func inOurWords(line string) string {
	line = strings.TrimPrefix(line, shutdown)
	line = sidList.ReplaceAllStringFunc(line, func(s string) string {
		var set nodes.Set
		for _, id := range strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
			set = set.With(serverOf(id))
		}
		return set.String()
	})
	return bigZxid.ReplaceAllStringFunc(line, func(s string) string {
		z, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return s
		}
		return zab.Zxid(z).String()
	})
}
