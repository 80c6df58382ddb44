package checker

import "testing"

func TestLeader(t *testing.T) {
	hold(t, "leader", storyHeader(), []trial{
		{name: "from the beginning", story: "3s \n s3 leads 1"},
		{
			name:  "soon after the last fault",
			story: "s3 leads 1 \n 10s \n s3 crashes \n 14.9s \n s1 leads 2",
		},
		{
			name:  "the fault did not concern it",
			story: "s3 leads 1 \n 10s \n s1 crashes",
		},
		{
			name:  "late, but the last fault was later",
			story: "s3 leads 1 \n 10s \n s3 crashes \n 29s \n s1 leads 2 \n 30s \n s3 starts",
		},
		{
			name:  "paused, killed, and back",
			story: "s3 leads 1 \n s3 pauses \n s3 crashes \n 10s \n s3 starts \n 12s \n s3 leads 2",
		},
		{
			name:  "two: the older one counts",
			story: "s1 leads 1 \n 10s \n s2 crashes \n 16s \n s3 leads 2",
		},
		{
			name:  "none",
			story: "s3 leads 1 \n 10s \n cut s3 | s1 s2 \n 12s \n s3 looks",
			want:  "in the end no server is an established leader",
			has:   []string{"the last fault: cut {s3} | {s1 s2} at 10.000s"},
		},
		{
			name:  "one that does not serve",
			story: "s3 syncs 1",
			want:  "in the end no server is an established leader",
			has:   []string{"there was no fault"},
		},
		{
			name:  "one that is dead",
			story: "s3 leads 1 \n 10s \n s3 loses-power",
			want:  "in the end no server is an established leader",
		},
		{
			name:  "one that seems dead",
			story: "s3 leads 1 \n 10s \n s3 pauses",
			want:  "in the end no server is an established leader",
		},
		{
			name:  "too late",
			story: "s3 leads 1 \n 10s \n s3 crashes \n 15.1s \n s1 leads 2",
			want:  "no server was an established leader within 5s of the last fault and stayed it; the one there is leads since 15.100s",
			has:   []string{"the last fault: crash s3 at 10.000s"},
		},
		{
			name:  "soon, but it did not stay",
			story: "10s \n s3 crashes \n 11s \n s1 leads 2 \n 16s \n s1 looks \n 17s \n s2 leads 3",
			want:  "no server was an established leader within 5s of the last fault and stayed it; the one there is leads since 17.000s",
		},
	})
}

func TestConverged(t *testing.T) {
	const start = "s1 starts \n s2 starts \n s3 starts \n s3 leads 1 \n s1 follows 1 \n s2 follows 1 \n"
	hold(t, "converged", storyHeader(), []trial{
		{
			name:  "all equal",
			story: start + "s3 delivers 1.1 1.2 \n s1 delivers 1.1 1.2 \n s2 delivers 1.1 1.2",
		},
		{
			name:  "one is down",
			story: start + "s3 delivers 1.1 \n s1 delivers 1.1 \n 3s \n s2 crashes",
		},
		{
			name:  "the last one is on its way when the end comes",
			story: start + "s3 delivers 1.1 \n s1 delivers 1.1 \n s2 delivers 1.1 \n 9s \n s3 delivers 1.2 \n s1 delivers 1.2",
		},
		{
			name: "one comes back in time, with a snapshot",
			story: start + `s3 delivers 1.1
				s1 delivers 1.1
				5s
				s2 crashes
				10s
				s2 starts
				14s
				s2 copies s3
				s2 follows 1`,
		},
		{
			name: "one comes back too late",
			story: start + `s3 delivers 1.1
				s1 delivers 1.1
				5s
				s2 crashes
				10s
				s2 starts
				16s
				s2 copies s3
				s2 follows 1`,
			want: "s2 was not up to date within 5s of the last fault, only at 16.000s",
		},
		{
			name:  "one never comes back",
			story: start + "s3 delivers 1.1 \n s1 delivers 1.1 \n 5s \n s2 crashes \n 10s \n s2 starts \n s2 looks",
			want:  "in the end s2 is up and does not serve",
		},
		{
			name:  "one has promised a later epoch",
			story: start + "5s \n s2 looks \n s2 saves acceptedEpoch 2 \n s2 fsyncs acceptedEpoch 2",
		},
		{
			name:  "one has promised the epoch there is, and another a later one",
			story: start + "5s \n s2 looks \n s2 saves acceptedEpoch 1 \n s2 fsyncs acceptedEpoch 1 \n s1 saves acceptedEpoch 2 \n s1 fsyncs acceptedEpoch 2",
			want:  "in the end s2 is up and does not serve",
		},
		{
			name:  "one has promised a later epoch, and nobody leads",
			story: start + "5s \n s2 looks \n s2 saves acceptedEpoch 2 \n s2 fsyncs acceptedEpoch 2 \n s3 looks",
			want:  "in the end s2 is up and does not serve",
		},
		{
			name:  "one misses what was there before the fault",
			story: start + "s3 delivers 1.1 1.2 \n s1 delivers 1.1 1.2 \n 5s \n s2 crashes \n s2 starts \n 6s \n s2 delivers 1.1 \n s2 follows 1",
			want:  "in the end s2 lacks transactions from before the last fault: 1 transaction of 2 agree",
		},
		{
			name:  "one is behind, long after",
			story: start + "1s \n s3 delivers 1.1 \n s1 delivers 1.1 \n 20s \n s3 expires",
			want:  "in the end s2 is behind: 0 transactions of 1 agree",
		},
		{
			name:  "one has delivered something else",
			story: start + "1s \n s3 delivers 1.1 \n s1 delivers 1.1 \n s2 delivers 2.1",
			want:  "in the end s2 is behind: 0 transactions of 1 agree",
		},
	})
}

func TestServed(t *testing.T) {
	hold(t, "served", storyHeader(), []trial{
		{
			name:  "after the last fault",
			story: "1s \n s3 crashes \n 3s \n ann asks transfer alice bob 1 \n 7s \n s1 commits 1.1 for ann \n ann gets s1",
		},
		{
			name:  "asked before, answered after",
			story: "ann asks transfer alice bob 1 \n s1 commits 1.1 for ann \n 3s \n s3 crashes \n 4s \n ann gets s1",
		},
		{
			name:  "asked long after",
			story: "1s \n s3 crashes \n 30s \n ann asks transfer alice bob 1 \n 31s \n s1 commits 1.1 for ann \n ann gets s1",
		},
		{
			name:  "before the fault only",
			story: "ann asks transfer alice bob 1 \n s1 commits 1.1 for ann \n ann gets s1 \n 9s \n s1 crashes \n ann asks transfer alice bob 2",
			want:  "no write was acknowledged after the last fault; clients asked from 9.000s on",
			has:   []string{"the last fault: crash s1 at 9.000s"},
		},
		{
			name:  "a read is no write, and unknown is no answer",
			story: "9s \n s1 crashes \n ann asks transfer alice bob 2 \n 15s \n ann gets nothing \n bob asks read alice \n bob gets s2",
			want:  "no write was acknowledged after the last fault; clients asked from 9.000s on",
		},
		{
			name:  "asked in vain and never again",
			story: "ann asks transfer alice bob 2 \n 9s \n s1 crashes \n 11s \n ann gets nothing",
			want:  "no write was acknowledged after the last fault, but clients asked from 9.000s to 11.000s only",
		},
		{
			name: "asked in vain, and much later again",
			story: "ann asks transfer alice bob 2 \n 9s \n s1 crashes \n 11s \n ann gets nothing \n " +
				"17s \n ann asks transfer alice bob 2 \n 18s \n s2 commits 1.1 for ann \n ann gets s2",
		},
		{
			name: "asked again and again",
			story: "9s \n s1 crashes \n ann asks transfer alice bob 2 \n 10s \n ann gets nothing \n 11s \n ann asks transfer alice bob 2 \n " +
				"13s \n ann gets nothing \n 14s \n ann asks transfer alice bob 2 \n 16s \n s2 commits 1.1 for ann \n ann gets s2",
			want: "no write was acknowledged within 5s of the last fault: clients asked from 9.000s on, the first was answered at 16.000s",
		},
		{
			name:  "too late",
			story: "9s \n s1 crashes \n ann asks transfer alice bob 2 \n 15s \n s2 commits 1.1 for ann \n ann gets s2",
			want: "no write was acknowledged within 5s of the last fault: clients asked from 9.000s on, " +
				"the first was answered at 15.000s",
		},
		{
			name:  "nobody asked",
			story: "9s \n s1 crashes \n bob asks read alice \n bob gets s2",
			want:  "no client asked for a write after the last fault",
		},
	})
}
