package checker

import "testing"

func TestSometimes(t *testing.T) {
	for _, c := range []struct {
		property  string
		happens   string // a story in which it happens
		almost    string // one in which it nearly does
		complaint string
	}{
		{
			"committed-during-partition",
			"s3 delivers 1.1 \n cut s1 | s2 s3 \n s3 delivers 1.2",
			"s3 delivers 1.1 \n cut s1 | s2 s3 \n s2 delivers 1.1 \n heal s1 | s2 s3 \n s3 delivers 1.2",
			"nothing new was delivered while the network was cut",
		},
		{"leader-changed", "s3 leads 1 \n s3 looks \n s3 leads 2", "s3 leads 1 \n s3 leads 1 \n s2 syncs 2", "there never was a second established leader"},
		{"diff-sent", "s3 sends DIFF", "s3 sends TRUNC", "no server ever sent DIFF"},
		{"trunc-sent", "s3 sends DIFF \n s3 sends TRUNC", "s3 sends SNAP", "no server ever sent TRUNC"},
		{"snap-sent", "s3 sends SNAP", "s3 sends DIFF", "no server ever sent SNAP"},
		{
			"client-ok",
			"ann asks read alice \n ann gets s1",
			"ann asks read alice \n ann fails \n ann asks read alice",
			"no client ever got an answer",
		},
		{
			"client-unknown",
			"ann asks read alice \n ann gets nothing",
			"ann asks read alice \n ann fails \n ann asks read alice \n ann gets s1",
			"every client learned what became of its operations",
		},
		{
			"client-refused",
			"ann asks read alice \n ann fails",
			"ann asks read alice \n ann gets nothing",
			"no operation of a client was turned away for good",
		},
		{
			"crashed-mid-commit",
			"s3 appends 1.1 \n s3 delivers 1.1 \n s3 appends 1.2 \n s3 loses-power",
			"s3 appends 1.1 \n s1 delivers 1.1 \n s3 appends 1.2 \n s3 truncates 1.1 \n s3 crashes \n s2 appends 2.0 \n s2 crashes",
			"no server died between writing a transaction and its first delivery",
		},
		{
			"stale-read",
			"ann asks transfer alice bob 80 \n ann gets s1 from 1.2 \n bob asks read alice \n bob gets s2 from 1.1",
			"ann asks transfer alice bob 80 \n bob asks read alice \n ann gets s1 from 1.2 \n bob gets s2 from 1.1 \n" +
				"bob asks transfer alice bob 1 \n bob gets s2 from 1.1 \n bob asks read alice \n bob gets s2 from 1.2",
			"every read showed all that anybody had been shown before it began",
		},
		{
			"discarded",
			"s3 delivers 1.1 \n s3 appends 1.1 \n s3 appends 1.2 \n s2 delivers 2.1 \n s3 truncates 1.1",
			"s3 appends 1.1 \n s2 delivers 1.1 \n s2 delivers 2.1 \n s3 truncates 1.1 \n s3 truncates 1.0",
			"no server gave up a transaction that it had logged and nobody had delivered",
		},
		{
			"discarded",
			"s3 appends 1.1 \n s3 appends 1.2 \n s2 delivers 1.1 2.1 \n s3 appends 2.1 \n s3 delivers 2.1",
			"s3 appends 1.1 \n s3 appends 1.2 \n s3 appends 2.1 \n s3 delivers 1.1 1.2 2.1",
			"no server gave up a transaction that it had logged and nobody had delivered",
		},
		{"note:kept", "s1 notes kept", "s1 notes lost", `no server ever noted "kept"`},
		{"leader-is:s2", "s3 leads 1 \n s2 leads 2", "s3 leads 1 \n s2 syncs 2 \n s2 follows 1", "s2 never was an established leader"},
	} {
		t.Run(c.property, func(t *testing.T) {
			h := storyHeader()
			p, err := ByName(c.property, Params{})
			if err != nil {
				t.Fatal(err)
			}
			if p.Kind != Sometimes || p.Name != c.property {
				t.Errorf("it is %q, %v", p.Name, p.Kind)
			}
			if v := judged(t, p, h, tell(t, h, c.happens)); v != nil {
				t.Errorf("it happened, and yet: %s", v.Message)
			}
			if v := judged(t, p, h, tell(t, h, c.almost)); said(v) != c.complaint {
				t.Errorf("got %q, want %q", said(v), c.complaint)
			}
		})
	}
}

// TestSometimesStopsLooking matters for speed: messages are the most frequent
// events.
func TestSometimesStopsLooking(t *testing.T) {
	h := storyHeader()
	p, _ := ByName("diff-sent", Params{})
	w := NewWatch(h, []Property{p})
	for _, e := range tell(t, h, "s3 sends SNAP \n s3 sends DIFF") {
		if w.Wants() == 0 {
			t.Error("it stops looking before anything happened")
		}
		w.Observe(&e)
	}
	if w.Wants() != 0 {
		t.Error("it goes on looking for what has happened")
	}
	if found := w.Finish(); len(found) != 0 {
		t.Errorf("it complains: %s", found[0].Message)
	}
}
