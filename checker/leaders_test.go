package checker

import "testing"

func TestOneLeaderPerEpoch(t *testing.T) {
	hold(t, "one-leader-per-epoch", storyHeader(), []trial{
		{
			name:  "one after the other",
			story: "s3 discovers 1 \n s3 syncs 1 \n s3 leads 1 \n s3 looks \n s2 leads 2 \n s3 looks \n s3 leads 3",
		},
		{
			name:  "two try for an epoch, one gets it",
			story: "s3 discovers 2 \n s2 discovers 2 \n s2 syncs 2 \n s2 leads 2",
		},
		{
			name:  "an old leader does not know yet",
			story: "s3 leads 1 \n s2 syncs 2 \n s2 leads 2 \n s3 looks",
		},
		{
			name:  "one that stops serving and serves again",
			story: "s3 leads 4 \n s3 discovers 4 \n s3 leads 4",
		},
		{
			name:  "two leaders",
			story: "1s \n s3 leads 2 \n s3 crashes \n 9.5s \n s1 leads 2",
			want:  "s3 and s1 both led epoch 2",
			has:   []string{"s3 led it from 1.000s on", "s1 leads it from 9.500s on"},
		},
		{
			name:  "two in synchronization",
			story: "s3 leads 1 \n s1 syncs 2 \n s3 looks \n s3 syncs 2",
			want:  "s1 and s3 both led epoch 2",
		},
		{
			name:  "one that was restarted",
			story: "s3 leads 2 \n s3 crashes \n s3 starts \n s3 looks \n s3 leads 2",
			want:  "s3 led epoch 2 twice",
		},
		{
			name:  "long after",
			story: "s3 leads 1 \n s2 leads 2 \n s3 leads 3 \n s1 leads 2",
			want:  "s2 and s1 both led epoch 2",
		},
	})

	h := storyHeader()
	h.Protocol.Epoch = ""
	hold(t, "one-leader-per-epoch", h, []trial{{name: "without epochs", story: "s3 leads 0 \n s1 leads 0"}})
}

func TestNoLostCommit(t *testing.T) {
	hold(t, "no-lost-commit", storyHeader(), []trial{
		{
			name:  "the new leader has all",
			story: "s3 leads 1 \n s3 delivers 1.1 1.2 \n s2 delivers 1.1 \n s2 keeps 1 \n s2 delivers 1.2 \n s2 leads 2",
		},
		{
			name:  "it has even what was not committed",
			story: "s3 leads 1 \n s3 delivers 1.1 \n s2 delivers 1.1 1.2 1.3 \n s2 leads 2",
		},
		{
			name:  "it has all in a snapshot",
			story: "s3 leads 1 \n s3 delivers 1.1 1.2 \n s2 copies s3 \n s2 leads 2",
		},
		{
			name: "an old leader learns late that it was established",
			story: `s3 syncs 1
				s2 delivers 0.1
				s2 leads 2
				s2 delivers 2.1
				s3 delivers 0.1
				s3 leads 1`,
		},
		{
			name:  "one is missing",
			story: "3s \n s3 leads 1 \n s3 delivers 1.1 1.2 \n s1 delivers 1.1 \n 8s \n s1 leads 2",
			want:  "s1 leads epoch 2 without 1.2, which s3 had delivered",
			has:   []string{"1.2 was first delivered by s3 at 3.000s", "s1 leads from 8.000s on, with 1 transaction, the last 1.1"},
		},
		{
			name:  "all are missing",
			story: "s3 leads 1 \n s3 delivers 1.1 1.2 1.3 \n s1 leads 2",
			want:  "s1 leads epoch 2 without 1.1, which s3 had delivered",
			has:   []string{"2 transactions after it: lost as well, up to 1.3"},
		},
		{
			name:  "the same leader, in the same epoch",
			story: "s3 leads 1 \n s3 delivers 1.1 \n s3 crashes \n s3 keeps 0 \n s3 leads 1",
			want:  "s3 leads epoch 1 without 1.1, which s3 had delivered",
		},
		{
			name:  "another in its place",
			story: "s3 leads 1 \n s3 delivers 1.1 1.2 \n s1 delivers 1.1 \n s1 delivers 1.2=other \n s1 leads 2",
			want:  "s1 leads epoch 2 without 1.2, which s3 had delivered",
		},
		{
			name:  "another snapshot",
			story: "s2 delivers 1.1=x 1.2 \n s1 delivers 1.1 1.2 \n s3 copies s2 \n s3 leads 3",
			want:  "s3 leads epoch 3 without 1.1, which s1 had delivered",
		},
	})

	h := storyHeader()
	h.Protocol.Epoch = ""
	hold(t, "no-lost-commit", h, []trial{
		{
			name:  "without epochs, everything is owed",
			story: "s3 leads 0 \n s3 delivers 0.1 \n s1 leads 0",
			want:  "s1 leads without 0.1, which s3 had delivered",
		},
	})
}

func TestNoResurrection(t *testing.T) {
	hold(t, "no-resurrection", storyHeader(), []trial{
		{
			name: "a follower is late",
			story: `s3 leads 1
				s3 delivers 1.1 1.2
				s2 delivers 1.1 1.2
				s2 leads 2
				s2 delivers 2.1
				s1 delivers 1.1 1.2 2.1`,
		},
		{
			name:  "an old leader still delivers what the new one has",
			story: "s3 leads 1 \n s2 delivers 1.1 1.2 \n s2 leads 2 \n s3 delivers 1.1 1.2",
		},
		{
			name: "a transaction comes back",
			story: `s3 leads 1
				s3 delivers 1.1
				s1 delivers 1.1
				2s
				s1 leads 2
				s1 delivers 2.1
				s3 delivers 1.2`,
			want: "s3 delivered 1.2, which was not in the history with which s1 began to lead epoch 2",
			has:  []string{"s1 led from 2.000s on, with 1 transaction"},
		},
		{
			name: "an old leader that learns late that it was established is no excuse",
			story: `s2 leads 2
				s2 delivers 2.1
				s3 leads 1
				s3 delivers 1.2`,
			want: "s3 delivered 1.2, which was not in the history with which s2 began to lead epoch 2",
		},
		{
			name:  "behind the new epoch's own",
			story: "s1 delivers 1.1 \n s1 leads 2 \n s1 delivers 2.1 \n s1 delivers 1.2",
			want:  "s1 delivered 1.2, which was not in the history with which s1 began to lead epoch 2",
		},
		{
			name:  "another one at the old place",
			story: "s1 delivers 1.1 1.2 \n s1 leads 2 \n s3 delivers 1.1 1.3",
			want:  "s3 delivered 1.3, which was not in the history with which s1 began to lead epoch 2",
		},
	})
}
