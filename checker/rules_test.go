package checker

import (
	"testing"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// Parts of stories: s3 leads epoch 1 with s2, all that matters on their disks.
const (
	inEpoch1 = `s2 saves acceptedEpoch 1
		s2 fsyncs acceptedEpoch 1
		s3 saves acceptedEpoch 1
		s3 fsyncs acceptedEpoch 1
		s2 saves currentEpoch 1
		s2 fsyncs currentEpoch 1
		s3 saves currentEpoch 1
		s3 fsyncs currentEpoch 1
		s3 syncs 1
		s3 leads 1
		s2 follows 1 s3
		`
	first = `s3 appends 1.1
		s3 fsyncs 1.1
		s2 appends 1.1
		s2 fsyncs 1.1
		s3 delivers 1.1
		s2 delivers 1.1
		`
)

// rules are the stories of properties about what is on disks and in which order
// things are broadcast: those that hold, and those that do not.
var rules = []struct {
	property string
	trials   []trial
}{
	{"ack-after-fsync", []trial{
		{name: "after", story: inEpoch1 + "s2 appends 1.1 \n s2 fsyncs 1.1 \n s2 acks 1.1 s3"},
		{name: "in an image", story: inEpoch1 + "s2 gets SNAP \n s2 images 1.4 \n s2 fsyncs snapshot 1.4 \n s2 acks 1.4 s3"},
		{name: "of the epoch", story: inEpoch1 + "s2 acks 1.0 s3"},
		{name: "of the epoch, with a cut that is durable", story: inEpoch1 + first + "s2 truncates 1.0 \n s2 fsyncs 1.0 \n s2 acks 1.0 s3"},
		{
			name: "of the epoch, with a cut that is not", story: inEpoch1 + first + "s2 truncates 1.0 \n s2 acks 1.0 s3",
			want: "s2 acknowledges epoch 1 to s3, and what it cut off its log behind 0.0 may come back",
		},
		{
			name: "before", story: inEpoch1 + first + "s2 appends 1.2 \n s2 acks 1.2 s3",
			want: "s2 acknowledges 1.2 to s3, and its disk holds no more than 1.1",
		},
		{
			name: "an epoch that it is not in", story: inEpoch1 + "s2 saves currentEpoch 2 \n s2 acks 2.0 s3",
			want: "s2 acknowledges epoch 2 to s3, and on its disk it is in 1",
		},
		{
			name:  "power loss took it",
			story: inEpoch1 + "s2 appends 1.1 \n s2 crashes \n s2 starts \n s2 follows 1 s3 \n s2 acks 1.1 s3",
			want:  "s2 acknowledges 1.1 to s3, and its disk holds no more than 0.0",
		},
	}},
	{"established-by-quorum", []trial{
		{name: "two of three", story: inEpoch1},
		{
			name: "one has gone on to the next epoch",
			story: `s3 saves currentEpoch 1
				s3 fsyncs currentEpoch 1
				s2 saves currentEpoch 2
				s2 fsyncs currentEpoch 2
				s3 leads 1`,
		},
		{
			name: "alone in the epoch", story: "s3 saves currentEpoch 1 \n s3 fsyncs currentEpoch 1 \n s2 saves currentEpoch 1 \n s3 leads 1",
			want: "s3 leads epoch 1 with a history up to 0.0, which {s3} has on disk in that epoch: no quorum of {s1 s2 s3}",
			has:  []string{"s2 is in epoch 0, and its disk holds all up to 0.0"},
		},
		{
			name: "alone with the history",
			story: inEpoch1 + first + `s3 appends 1.2
				s3 fsyncs 1.2
				s3 delivers 1.2
				s3 saves currentEpoch 2
				s3 fsyncs currentEpoch 2
				s2 saves currentEpoch 2
				s2 fsyncs currentEpoch 2
				s2 appends 1.2
				s3 leads 2`,
			want: "s3 leads epoch 2 with a history up to 1.2, which {s3} has on disk in that epoch: no quorum of {s1 s2 s3}",
			has:  []string{"s2 is in epoch 2, and its disk holds all up to 1.1"},
		},
	}},
	{"epoch-order", []trial{
		{name: "in order", story: inEpoch1 + first},
		{name: "history before the epoch", story: inEpoch1 + "s2 looks \n s2 appends 2.1 \n s2 fsyncs 2.1"},
		{
			name: "entered and not promised", story: "s1 saves acceptedEpoch 1 \n s1 fsyncs acceptedEpoch 1 \n s1 saves currentEpoch 2 \n s1 fsyncs currentEpoch 2",
			want: "s1 is in epoch 2 and has promised only 1",
		},
		{
			name: "serves beyond its epoch", story: inEpoch1 + "s2 appends 2.1 \n s2 fsyncs 2.1",
			want: "s2 serves with 2.1 on its disk, where it is in epoch 1",
		},
	}},
	{"history-before-epoch", []trial{
		{name: "in order", story: inEpoch1 + first + "s3 syncs 2 \n s2 follows 2 s3 \n s2 saves currentEpoch 2 \n s2 fsyncs currentEpoch 2"},
		{
			name:  "what is of the epoch itself may come later",
			story: inEpoch1 + first + "s3 leads 2 \n s3 appends 2.1 \n s2 follows 2 s3 \n s2 saves currentEpoch 2 \n s2 fsyncs currentEpoch 2",
		},
		{
			name:  "its leader has an image of the beginning of an epoch",
			story: inEpoch1 + first + "s3 images 2.0 \n s3 syncs 3 \n s2 follows 3 s3 \n s2 saves currentEpoch 3 \n s2 fsyncs currentEpoch 3",
		},
		{
			name:  "its leader is gone",
			story: inEpoch1 + first + "s3 appends 1.2 \n s3 syncs 2 \n s2 follows 2 s3 \n s3 crashes \n s2 saves currentEpoch 2 \n s2 fsyncs currentEpoch 2",
		},
		{
			name:  "the epoch first",
			story: inEpoch1 + first + "s3 appends 1.2 \n s3 syncs 2 \n s2 follows 2 s3 \n s2 appends 1.2 \n s2 saves currentEpoch 2 \n s2 fsyncs currentEpoch 2",
			want:  "s2 enters epoch 2 with no more than 1.1 on its disk, and its leader s3 begins it with 1.2",
		},
	}},
	{"one-promise", []trial{
		{name: "each once", story: inEpoch1 + "s2 saves acceptedEpoch 2 \n s2 fsyncs acceptedEpoch 2 \n s2 saves acceptedEpoch 4"},
		{name: "a crash undid it", story: inEpoch1 + "s2 saves acceptedEpoch 2 \n s2 crashes \n s2 starts \n s2 saves acceptedEpoch 2"},
		{
			name: "twice", story: inEpoch1 + "s2 saves acceptedEpoch 1",
			want: "s2 promises epoch 1 once more, now to s3",
		},
	}},
	{"gap-free", []trial{
		{name: "one after the other", story: inEpoch1 + first + "s3 appends 1.2 \n s3 delivers 1.2"},
		{name: "from anywhere on", story: inEpoch1 + "s3 appends 1.7 \n s3 appends 1.8 \n s3 delivers 1.7 1.8"},
		{name: "proposed", story: inEpoch1 + first + "s3 appends 1.3", want: "s3 proposes 1.3 right after 1.1"},
		{name: "delivered", story: inEpoch1 + first + "s2 delivers 1.3", want: "s2 delivers 1.3 right after 1.1"},
	}},
	{"one-leader-followed", []trial{
		{name: "its leader", story: inEpoch1 + "s2 acks 1.1 s3"},
		{name: "a leader may write to all", story: inEpoch1 + "s3 acks 1.1 s2"},
		{name: "another", story: inEpoch1 + "s2 acks 1.1 s1", want: "s2 follows s3 and sends ACK to s1"},
	}},
	{"leader-completeness", []trial{
		{name: "all of it", story: inEpoch1 + first + "s2 syncs 2"},
		{name: "in an image", story: inEpoch1 + first + "s1 gets SNAP \n s1 images 1.1 \n s1 syncs 2"},
		{name: "more than all", story: inEpoch1 + first + "s2 appends 1.2 \n s2 syncs 2"},
		{name: "an old leader", story: inEpoch1 + first + "s2 syncs 2 \n s2 leads 2 \n s2 delivers 2.1 \n s2 looks \n s3 looks \n s3 syncs 1"},
		{name: "one that is late", story: inEpoch1 + first + "s2 syncs 3 \n s2 leads 3 \n s1 syncs 2"},
		{
			name: "not all of it", story: inEpoch1 + first + "s1 appends 1.2 \n s1 syncs 2",
			want: "s1 takes the lead of epoch 2 without 1.1, which s3 had delivered", has: []string{"1.1 was first delivered by s3"},
		},
	}},
	{"follower-prefix", []trial{
		{name: "a prefix", story: inEpoch1 + first + "s3 appends 1.2 \n s2 appends 1.2 1.2 \n s2 appends 1.3"},
		{name: "behind an image", story: inEpoch1 + first + "s1 appends 0.4 \n s1 gets SNAP \n s1 images 1.1 \n s1 follows 1 s3 \n s1 appends 1.2"},
		{name: "its leader does not serve any more", story: inEpoch1 + first + "s3 looks \n s2 appends 1.4"},
		{
			name: "a hole", story: inEpoch1 + first + "s2 appends 1.3",
			want: "s2 has 1.3 in its log without 1.2, which its leader s3 has before it",
		},
		{
			name: "a hole before the first of an epoch",
			story: inEpoch1 + first + `s3 appends 1.2
				s3 delivers 1.2
				s1 appends 1.1
				s3 leads 2
				s1 follows 2 s3
				s1 appends 2.1`,
			want: "s1 has 2.1 in its log without 1.2, which its leader s3 has before it",
		},
		{
			name: "what its leader never had", story: inEpoch1 + first + "s1 appends 0.7 1.1 \n s1 follows 1 s3",
			want: "s1 serves with 0.7 in its log, which its leader s3 never had",
		},
		{
			name: "a tail that its leader never had", story: inEpoch1 + first + "s1 appends 1.1 1.2 \n s3 leads 2 \n s1 follows 2 s3",
			want: "s1 serves with 1.2 in its log, which its leader s3 never had",
		},
	}},
	{"commits-follow-leader", []trial{
		{name: "it follows", story: inEpoch1 + first},
		{name: "its leader stands still in the middle of a step", story: inEpoch1 + first + "s3 pauses \n s2 delivers 1.2"},
		{name: "another epoch", story: inEpoch1 + first + "s2 follows 2 s3 \n s2 delivers 2.1"},
		{name: "it is ahead", story: inEpoch1 + first + "s2 delivers 1.2", want: "s2 has delivered 1.2, and its leader s3 has not"},
	}},
	{"serves-initial-history", []trial{
		{name: "all of it", story: inEpoch1 + first + "s3 leads 2 \n s2 looks \n s2 follows 2 s3"},
		{
			name: "not all of it", story: inEpoch1 + first + "s3 leads 2 \n s1 follows 2 s3",
			want: "s1 serves in epoch 2 without 1.1, with which its leader s3 began", has: []string{"1.1 was first delivered by s3"},
		},
	}},
	{"no-cut-commit", []trial{
		{name: "what nobody has delivered", story: inEpoch1 + first + "s1 appends 1.1 1.2 \n s1 follows 1 s3 \n s1 truncates 1.1"},
		{name: "its leader has it", story: inEpoch1 + first + "s2 truncates 1.0"},
		{name: "its leader has delivered it, and its own disk is slow", story: inEpoch1 + "s2 appends 1.1 \n s3 delivers 1.1 \n s2 truncates 1.0"},
		{name: "by itself", story: inEpoch1 + first + "s2 looks \n s2 truncates 1.0"},
		{
			name: "for a leader that has forgotten it", story: inEpoch1 + "s2 appends 1.1 \n s3 delivers 1.1 \n s3 syncs 2 \n s2 follows 2 s3 \n s2 truncates 1.0",
			want: "s2 takes 1.1 out of its history for its leader s3, and s3 had delivered it",
		},
		{
			name: "by TRUNC", story: inEpoch1 + first + "s1 leads 2 \n s2 follows 2 s1 \n s2 truncates 1.0",
			want: "s2 takes 1.1 out of its history for its leader s1, and s3 had delivered it",
		},
		{
			name: "by SNAP", story: inEpoch1 + first + "s1 leads 2 \n s2 follows 2 s1 \n s2 gets SNAP \n s2 images 1.0",
			want: "s2 takes 1.1 out of its history for its leader s1, and s3 had delivered it",
		},
	}},
	{"recovers-what-it-served", []trial{
		{name: "all of it", story: inEpoch1 + first + "s2 crashes \n s2 starts \n s2 looks"},
		{name: "less", story: "s2 delivers 1.1 1.2 1.3 \n s2 crashes \n s2 keeps 2 \n s2 starts \n s2 looks"},
		{
			name:  "without one in the middle",
			story: "s1 delivers 1.1 1.3 \n s2 delivers 1.1 1.2 1.3 \n s2 crashes \n s2 copies s1 \n s2 starts \n s2 looks",
			want:  "s2 rebuilds 2 transactions up to 1.3 from its disk, and had served 1.2 in the place of the last",
		},
		{
			name:  "others",
			story: "s1 delivers 1.1=x 1.2 \n s2 delivers 1.1=y 1.2 \n s2 crashes \n s2 copies s1 \n s2 starts \n s2 looks",
			want:  "s2 rebuilds 2 transactions up to 1.2 from its disk, and they are not those that it had served",
		},
		{
			name:  "more in between",
			story: "s1 delivers 1.1 1.2 1.3 \n s2 delivers 1.1 1.3 \n s2 crashes \n s2 copies s1 \n s2 starts \n s2 looks",
			want:  "s2 rebuilds 3 transactions up to 1.3 from its disk, and had served 2 up to 1.3",
		},
	}},
	{"primary-integrity", []trial{
		{name: "all of it first", story: inEpoch1 + first + "s2 leads 2 \n s2 appends 2.1"},
		{
			name: "what others have committed of it before it writes it",
			story: inEpoch1 + first + `s2 leads 2
				s1 delivers 1.1 2.1
				s2 appends 2.1`,
		},
		{
			name: "too soon", story: inEpoch1 + first + "s1 leads 2 \n s1 appends 2.1",
			want: "s1 broadcasts 2.1 without having delivered 1.1, as s3 has",
		},
		{
			name: "later", story: inEpoch1 + first + "s2 leads 2 \n s2 appends 2.1 \n s3 delivers 1.2",
			want: "s3 delivers 1.2, which s2 had not delivered when it began to broadcast in epoch 2",
		},
	}},
	{"local-primary-order", []trial{
		{name: "in order", story: "s3 appends 1.1 1.2 2.1 \n s1 delivers 1.1 1.2 2.1"},
		{name: "what nobody delivers", story: "s3 appends 1.1 1.2 \n s2 appends 2.1 \n s1 delivers 1.1 2.1"},
		{
			name: "one is left out", story: "s3 appends 1.1 1.2 1.3 \n s1 delivers 1.1 1.3",
			want: "s1 delivers 1.3 without 1.2, which was broadcast before it",
		},
		{
			name: "the first is left out", story: "s3 appends 1.1 2.1 2.2 \n s1 delivers 1.1 2.2",
			want: "s1 delivers 2.2 without 2.1, which was broadcast before it",
		},
	}},
	{"global-primary-order", []trial{
		{name: "in order", story: "s1 delivers 1.1 2.1"},
		{name: "out of order", story: "s1 delivers 2.1 1.1", want: "s1 delivers 1.1 behind 2.1, which is of a later epoch"},
	}},
	{"unique-transactions", []trial{
		{name: "the same everywhere", story: "s3 appends 1.1=x 1.2=y \n s1 appends 1.2=y 1.1=x"},
		{
			name: "another", story: "s3 appends 1.1=x 1.2=y \n s1 appends 1.1=x 1.2=z",
			want: "s1 writes another transaction than s3 under the same number, 1.2",
		},
	}},
}

func TestRules(t *testing.T) {
	for _, r := range rules {
		t.Run(r.property, func(t *testing.T) { hold(t, r.property, storyHeader(), r.trials) })
	}
}

// TestRulesNeedFiles: of protocols that keep no files they have nothing to say.
func TestRulesNeedFiles(t *testing.T) {
	h := storyHeader()
	h.Protocol.Files = nil
	for _, r := range rules {
		p, err := ByName(r.property, Params{})
		if err != nil {
			t.Fatal(err)
		}
		if wants := p.New(h).Wants(); wants.Has(trace.View) && r.property != "local-primary-order" && r.property != "global-primary-order" {
			t.Errorf("%s watches", r.property)
		}
	}
}

// notingHeader describes servers that note what their code asserts.
func notingHeader() *trace.Header {
	h := storyHeader()
	h.Protocol.Notes = []nodes.Note{
		{Name: "gap", Breaks: "proposal-consistent", Doc: "a gap"},
		{Name: "early", Breaks: "commit-consistent", Doc: "too early"},
		{Name: "odd", Breaks: "ack-consistent", Doc: "an odd one"},
		{Name: "what", Breaks: "message-legal", Doc: "what is that"},
		{Name: "fine", Doc: "nothing is wrong"},
	}
	return h
}

// assertions are stories of servers that find an assertion broken.
var assertions = []struct {
	property string
	trial
}{
	{"proposal-consistent", trial{name: "a gap", story: "s1 notes fine \n s2 notes gap 1.3 after 1.1", want: "s2 notices a breach: gap, 1.3 after 1.1", has: []string{"a gap"}}},
	{"commit-consistent", trial{name: "too early", story: "s1 notes gap \n s2 notes early", want: "s2 notices a breach: early"}},
	{"ack-consistent", trial{name: "an odd one", story: "s1 notes fine \n s3 notes odd", want: "s3 notices a breach: odd"}},
	{"message-legal", trial{name: "garbage", story: "s1 notes odd \n s3 notes what", want: "s3 notices a breach: what"}},
}

func TestAssertions(t *testing.T) {
	for _, a := range assertions {
		hold(t, a.property, notingHeader(), []trial{a.trial, {name: "nothing", story: "s1 notes fine"}})
	}
}

func TestNoLivelock(t *testing.T) {
	round := func(id string) string {
		return id + " discovers 2 \n " + id + " notes epoch-timeout nobody comes \n " + id + " looks \n"
	}
	circle := round("s1") + round("s3") + round("s1") + round("s3") + round("s1") + round("s3") + round("s1") + round("s3") + round("s1")
	const why = "s1 and s3 lead in turn, 5 rounds, and give up: nobody comes"
	hold(t, "no-livelock", storyHeader(), []trial{
		{name: "a few rounds", story: round("s1") + round("s3") + round("s1")},
		{name: "it comes to an end", story: circle + "s2 leads 3"},
		{name: "before the last fault", story: circle + "s2 crashes"},
		{name: "in circles", story: "2s \n s2 crashes \n" + circle, want: why, has: []string{"the last fault: crash s2 at 2.000s"}},
		{
			name: "one alone", story: round("s1") + round("s1") + round("s1") + round("s1") + round("s1") + round("s1"),
			want: "s1 leads 6 times, and gives up: nobody comes",
		},
	})
	hold(t, "leader", storyHeader(), []trial{{
		name: "the reason", story: circle, want: "in the end no server is an established leader: " + why,
		has: []string{why, "looking for a leader in the end: s1 and s3"},
	}})
}
