package history

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// story reads a history from lines like these:
//
//	1-2 ann write x=a 1@1           asked at 1, answered at 2: version 1, zxid 0.1
//	3-4 bob cas/1 x=b 2@2           compare and set, if the version is 1
//	5-6 bob cas/1 x=c BADVERSION    refused
//	7-8 bob write x=c failed
//	7-  bob write x=d               nobody knows
//	9-9 ann read x=b 2@2
//
// Registers begin as 0@0 with the value init.
func story(t *testing.T, text string) *History {
	t.Helper()
	h := &History{Initial: "init"}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		f := append(strings.Fields(line), "")
		key, value, _ := strings.Cut(f[3], "=")
		o := Op{ID: int64(i + 1), Line: i + 1, EndLine: i + 1, Client: f[1], Session: f[1], Key: key, Value: value}
		n, _ := fmt.Sscanf(f[0], "%d-%d", &o.At, &o.Until)
		if n == 2 {
			o.Outcome = Done
		}
		kind, expected, _ := strings.Cut(f[2], "/")
		for k, name := range kindNames {
			if name == kind {
				o.Kind = Kind(k)
			}
		}
		if expected != "" {
			if _, err := fmt.Sscan(expected, &o.Expect.Version); err != nil {
				t.Fatal(line, err)
			}
		}
		switch f[4] {
		case "BADVERSION", "failed":
			o.Outcome, o.Refused = Failed, f[4] == "BADVERSION"
		case "":
		default:
			o.Placed = true
			if _, err := fmt.Sscanf(f[4], "%d@%d", &o.Version, &o.Zxid.Index); err != nil {
				t.Fatal(line, err)
			}
		}
		h.Ops = append(h.Ops, o)
	}
	h.events()
	return h
}

func TestRegister(t *testing.T) {
	for _, c := range []struct {
		name, story string
		property    int    // that is violated
		want        string // "": none is
		silent      bool   // a search does not find it, since zxids alone show it
	}{
		{name: "one after the other", story: `
			1-2 ann write x=a 1@1
			3-4 bob cas/1 x=b 2@2
			5-6 ann sync_read x=b 2@2`},
		{name: "at the same time is concurrent", story: `
			1-2 ann write x=a 1@1
			2-3 bob sync_read x=init 0@0`},
		{name: "before the beginning", story: `1-2 ann write x=a 0@1`, want: "version 0 is before all that could be written"},
		{name: "begins otherwise", story: `1-2 ann sync_read x=a 0@0`, want: "version 0 is a, and the register begins as init"},
		{name: "a wrong compare-and-set", story: `
			1-2 ann write x=a 1@1
			3-4 ann cas/0 x=b 2@2`, want: "a compare-and-set of version 0 made version 2"},
		{name: "both made it", story: `
			1-2 ann write x=a 1@1
			1-2 bob write x=b 1@2`, want: "two writes were both told that they made version 1"},
		{name: "from nowhere", story: `
			1-2 ann write x=a 1@1
			3-4 bob sync_read x=b 2@2`, want: "version 2 is b, which nobody wrote"},
		{name: "failed and seen", story: `
			1-2 ann write x=a failed
			3-4 bob sync_read x=a 1@1`, want: "version 1 is a, by a write that definitely failed"},
		{name: "unknown and seen", story: `
			1-  ann write x=a
			3-4 bob sync_read x=init 0@0
			5-6 bob sync_read x=a 1@1`},
		{name: "unknown and seen too early", story: `
			1-2 bob sync_read x=a 1@1
			3-  ann write x=a`, want: "no write of that value can have made it"},
		{name: "unknown and seen twice", story: `
			1-  ann write x=a
			1-2 bob sync_read x=a 1@1
			3-4 bob write x=b 2@2
			5-6 bob sync_read x=a 3@3`, want: "version 3 is a, and no write of that value can have made it"},
		{name: "the same value written twice", story: `
			1-  ann write x=a
			1-  cat write x=a
			1-2 bob sync_read x=a 1@1
			3-4 bob write x=b 2@2
			5-6 bob sync_read x=a 3@3`},
		{name: "an unknown compare-and-set fits one version only", story: `
			1-  ann cas/1 x=a
			1-2 bob sync_read x=a 1@1`, want: "no write of that value can have made it"},
		{name: "a gap that can be filled", story: `
			1-  ann write x=a
			3-4 bob write x=b 2@2`},
		{name: "a gap that cannot", story: `
			1-  ann write x=a
			3-4 bob write x=b 3@3`, want: "nobody can have written version 2, which must have been there before version 3"},
		{name: "a huge gap", story: `
			1-  ann write x=a
			3-4 bob write x=b 9000000000@3`, want: "nobody can have written version 2, which must have been there before version 9000000000"},
		{name: "who fills a gap is needed elsewhere", story: `
			1-  ann write x=a
			1-  cat cas/1 x=c
			2-3 bob write x=b 3@3
			4-  dan write x=d
			5-6 bob write x=e 6@6`, want: "nobody can have written version"},
		{name: "refused", story: `
			1-2 ann write x=a 1@1
			3-4 bob cas/0 x=b BADVERSION`},
		{name: "refused for nothing", story: `
			1-2 ann write x=a 1@1
			3-4 bob cas/1 x=b BADVERSION`, want: "a compare-and-set was refused, though version 1 was there all the time"},
		{name: "refused since somebody may have been faster", story: `
			1-2 ann write x=a 1@1
			3-  cat write x=c
			3-4 bob cas/1 x=b BADVERSION`},
		{name: "refused, and then not", story: `
			1-2 ann write x=a 1@1
			3-9 cat write x=c 2@2
			4-5 bob cas/1 x=b BADVERSION
			6-7 bob sync_read x=a 1@1`, want: "a stale sync_read shows version 1, and version 2 had been there"},
		{name: "zxids against versions", story: `
			1-5 ann write x=a 1@7
			1-5 bob write x=b 2@6`, want: "the order of zxids is not that of versions"},
		{name: "zxids against real time, on other registers", story: `
			1-2 ann write x=a 1@7
			3-4 bob write y=b 1@6`, want: "the order of zxids is not that of real time", silent: true},
		{name: "one version, two zxids", story: `
			1-2 ann write x=a 1@7
			3-4 bob sync_read x=a 1@6`, want: "version 1 is a of zxid 0.7 to one and a of zxid 0.6 to the other"},
		{name: "a stale write", story: `
			1-2 ann sync_read x=b 2@2
			3-4 bob write x=a 1@1
			1-9 cat write x=b 2@2`, want: "a write made version 1, and version 2 had been there"},

		{name: "a stale read", story: `
			1-2 ann write x=a 1@1
			3-4 bob read x=init 0@0`},
		{name: "not its own write", property: 1, story: `
			1-2 ann write x=a 1@1
			3-4 ann read x=init 0@0`, want: "session ann goes back in time: it had seen zxid 0.1, and this read shows a state that was over with zxid 0.1"},
		{name: "back in time across registers", property: 1, story: `
			1-2 ann write x=a 1@1
			3-4 ann write y=b 1@2
			5-6 bob read y=b 1@2
			7-8 bob read x=init 0@0`, want: "session bob goes back in time"},
		{name: "a read that foresees", property: 1, story: `
			1-2 bob read x=a 1@1
			3-4 ann write x=a 1@1`, want: "a write made version 1, and version 1 had been there"},
		{name: "a plain read of what failed", property: 1, story: `
			1-2 ann write x=a failed
			3-4 bob read x=a 1@1`, want: "by a write that definitely failed"},
		{name: "a write that was there for a plain read", property: 1, story: `
			1-2 bob read x=init 0@0
			1-2 bob read y=b 1@9
			3-4 ann write x=a 1@1
			1-9 cat write y=b 1@9`, want: "the order of zxids is not that of real time", silent: true},
	} {
		h := story(t, c.story)
		r := Judge(h, Options{})
		for i, check := range r.Checks[:min(2, len(r.Checks))] {
			switch {
			case c.want == "" || i < c.property:
				if check.Verdict != Holds {
					t.Errorf("%s: %s: %v", c.name, check.Property, check.Findings)
				}
			case i > c.property:
			case check.Verdict != Violated || !strings.Contains(check.Findings[0].Message, c.want):
				t.Errorf("%s: %s %v: %v, want %q", c.name, check.Property, check.Verdict, check.Findings, c.want)
			}
		}
		s := &bySearch{h, time.Minute}
		writes, _ := s.linearizableWrites()
		reads, _ := s.sequential()
		if found := writes == Violated || reads == Violated; found != (c.want != "" && !c.silent) {
			t.Errorf("%s: writes %v, reads %v by search", c.name, writes, reads)
		}
	}
}
