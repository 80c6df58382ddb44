package checker

import (
	"testing"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

func TestIntegrity(t *testing.T) {
	hold(t, "integrity", storyHeader(), []trial{
		{name: "proposed elsewhere", story: "s3 appends 1.1 \n s3 appends 1.2 \n s1 delivers 1.1 1.2"},
		{
			name:  "in any order, with holes",
			story: "s3 appends 2.1 \n s1 appends 1.2 \n s1 appends 1.1 \n s3 appends 2.4 \n s3 appends 2.2 \n s1 delivers 1.1 1.2 2.1 2.2 2.4",
		},
		{
			name:  "out of nowhere",
			story: "s3 appends 1.1 \n s3 appends 1.3 \n s1 delivers 1.1 1.2",
			want:  "s1 delivered 1.2, which no server had written",
		},
		{
			name:  "too early",
			story: "s1 delivers 1.1 \n s3 appends 1.1",
			want:  "s1 delivered 1.1, which no server had written",
		},
		{
			name:  "of another epoch",
			story: "s3 appends 1.1 \n s3 appends 3.1 \n s1 delivers 2.1",
			want:  "s1 delivered 2.1, which no server had written",
		},
	})

	h := storyHeader()
	h.Protocol.Files = nil
	hold(t, "integrity", h, []trial{{name: "without a disk", story: "s1 delivers 1.1"}})
}

func TestEpochsMonotonic(t *testing.T) {
	hold(t, "epochs-monotonic", storyHeader(), []trial{
		{
			name:  "forward, and again",
			story: "s1 saves acceptedEpoch 1 \n s1 fsyncs acceptedEpoch 1 \n s1 saves acceptedEpoch 2 \n s1 saves acceptedEpoch 2",
		},
		{name: "each file and server by itself", story: "s1 saves acceptedEpoch 3 \n s1 saves currentEpoch 2 \n s2 saves acceptedEpoch 1"},
		{
			name: "a crash took what was not durable",
			story: `s1 saves acceptedEpoch 1
				s1 fsyncs acceptedEpoch 1
				s1 saves acceptedEpoch 5
				s1 loses-power
				s1 starts
				s1 saves acceptedEpoch 3`,
		},
		{name: "a log may shrink", story: "s1 saves snapshot 5.1 \n s1 saves snapshot 4.1"},
		{
			name:  "back",
			story: "s1 saves acceptedEpoch 3 \n s1 saves acceptedEpoch 2",
			want:  "s1 went back from epoch 3 to 2 in its file acceptedEpoch",
		},
		{
			name:  "back after a restart",
			story: "s2 saves currentEpoch 3 \n s2 fsyncs currentEpoch 3 \n s2 crashes \n s2 starts \n s2 saves currentEpoch 1",
			want:  "s2 went back from epoch 3 to 1 in its file currentEpoch",
		},
	})
}

func TestDurableBeforeCommit(t *testing.T) {
	hold(t, "durable-before-commit", storyHeader(), []trial{
		{
			name: "two of three",
			story: `s3 appends 1.1
				s3 fsyncs 1.1
				s2 appends 1.1
				s2 fsyncs 1.1
				s3 delivers 1.1
				s1 delivers 1.1`,
		},
		{
			name:  "further than that",
			story: "s3 fsyncs 1.2 \n s2 fsyncs 1.5 \n s3 delivers 1.1 1.2",
		},
		{
			name: "in a snapshot, another file",
			story: `s3 fsyncs 1.2
				s1 saves snapshot 1.2
				s1 fsyncs snapshot 1.2
				s3 delivers 1.1 1.2`,
		},
		{
			name: "written before a restart",
			story: `s3 fsyncs 1.1
				s1 appends 1.1
				s1 crashes
				s1 starts
				s3 delivers 1.1`,
		},
		{
			name:  "a log with records that have no position",
			story: "s3 fsyncs 1.1 \n s1 appends 1.1 \n s1 fsyncs 0.0 \n s3 delivers 1.1",
		},
		{
			name:  "on one disk only",
			story: "s3 fsyncs 1.1 \n s2 appends 1.1 \n s3 delivers 1.1",
			want:  "s3 delivered 1.1, which is on the disks of {s3} only, no quorum of {s1 s2 s3}",
		},
		{
			name:  "on none",
			story: "s3 appends 1.1 \n s3 delivers 1.1",
			want:  "s3 delivered 1.1, which is on no disk",
		},
		{
			name:  "an epoch is no history",
			story: "s3 fsyncs 1.1 \n s2 fsyncs acceptedEpoch 2 \n s3 delivers 1.1",
			want:  "s3 delivered 1.1, which is on the disks of {s3} only, no quorum of {s1 s2 s3}",
		},
		{
			name:  "cut off again before",
			story: "s3 fsyncs 1.2 \n s2 fsyncs 1.2 \n s2 truncates 1.1 \n s3 delivers 1.1 1.2",
			want:  "s3 delivered 1.2, which is on the disks of {s3} only, no quorum of {s1 s2 s3}",
		},
	})

	h := storyHeader()
	h.Voters, h.Observers = h.Voters.Without(1), h.Observers.With(1)
	hold(t, "durable-before-commit", h, []trial{{
		name:  "an observer's disk does not count",
		story: "s3 fsyncs 1.1 \n s1 fsyncs 1.1 \n s3 delivers 1.1",
		want:  "s3 delivered 1.1, which is on the disks of {s3} only, no quorum of {s2 s3}",
	}})

	h = storyHeader()
	h.Quorum = func(s nodes.Set) bool { return s.Has(3) } // s3 has all the weight
	hold(t, "durable-before-commit", h, []trial{
		{name: "the protocol says that one is enough", story: "s3 fsyncs 1.1 \n s3 delivers 1.1"},
		{
			name:  "the protocol says that two are not",
			story: "s1 fsyncs 1.1 \n s2 fsyncs 1.1 \n s3 delivers 1.1",
			want:  "s3 delivered 1.1, which is on the disks of {s1 s2} only, no quorum of {s1 s2 s3}",
		},
	})
}

func TestNoPanicAndNoExit(t *testing.T) {
	hold(t, "no-panic", storyHeader(), []trial{
		{name: "a crash is none", story: "s1 crashes \n s2 exits"},
		{name: "a panic", story: "s2 panics unmatched commit", want: "s2 panicked: unmatched commit"},
	})
	hold(t, "no-exit", storyHeader(), []trial{
		{name: "a panic is none", story: "s1 crashes \n s2 panics"},
		{name: "an exit", story: "s2 exits", want: "s2 ended its own process"},
	})
}

// What a server had on disk when it said so counts, also when it cannot be read
// any more. Where it is gone without a trace, it does not.
func TestUnreadableEpochsCount(t *testing.T) {
	story := "s2 saves currentEpoch 1 \n s2 fsyncs currentEpoch 1 \n s3 saves currentEpoch 1 \n s3 fsyncs currentEpoch 1 \n " +
		"s2 crashes \n s2 starts \n s3 leads 1"
	p, err := ByName("established-by-quorum", Params{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range []struct {
		found []nodes.Record // in its currentEpoch
		want  string
	}{
		{found: []nodes.Record{nodes.Corrupt{}}},
		{want: "s3 leads epoch 1 with a history up to 0.0, which {s3} has on disk in that epoch: no quorum of {s1 s2 s3}"},
	} {
		h := storyHeader()
		events := tell(t, h, story)
		for i := range events {
			if e := &events[i]; e.Kind == trace.Start && e.Server == 2 {
				e.Disk = &nodes.Disk{Files: [][]nodes.Record{nil, nil, nil, tr.found}}
			}
		}
		if got := said(judged(t, p, h, events)); got != tr.want {
			t.Errorf("%v: %q, not %q", tr.found, got, tr.want)
		}
	}
}
