package zkdata

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
)

// examine reads the given data directories, of as many voters.
func examine(t *testing.T, dirs ...fstest.MapFS) *Ensemble {
	t.Helper()
	var servers []*Server
	for _, dir := range dirs {
		s, err := ReadServer(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		servers = append(servers, s)
	}
	return Examine(servers, nodes.FirstN(len(dirs)), zab.DefaultOptions())
}

// at is a data directory with the snapshot of the empty tree.
func at(id, epoch int, logs ...[]byte) fstest.MapFS {
	return serverFiles(id, epoch, epoch, []zab.Zxid{0}, logs...)
}

func TestFindingsOfDamage(t *testing.T) {
	first, gap := span(1, 1, 3), slices.Concat(span(1, 1, 2), span(1, 4, 5))
	damaged := sets("x", first...)
	damaged[30] ^= 1
	cut := sets("x", first...)
	cut = cut[:len(cut)-105]
	for _, c := range []struct {
		name string
		dirs []fstest.MapFS
		want []string // kind, and words of the text
	}{
		{"equal", []fstest.MapFS{at(1, 1, sets("x", first...)), at(2, 1, sets("x", first...))}, nil},
		{
			"two transactions",
			[]fstest.MapFS{at(1, 1, sets("x", first...)), at(2, 1, sets("x", first[0]), sets("y", first[1:]...))},
			[]string{"conflict: 1.2 is not the same transaction on all of {s1 s2}", "conflict: 1.3 is not"},
		},
		{
			"a gap",
			[]fstest.MapFS{at(1, 1, sets("x", gap...))},
			[]string{"missing: s1 lacks 1.3 before log.100000001, byte 160, and no snapshot has them"},
		},
		{
			"a gap at the beginning of an epoch",
			[]fstest.MapFS{at(1, 2, sets("x", slices.Concat(first, span(2, 3, 4))...))},
			[]string{"missing: s1 lacks 2.1..2.2 before"},
		},
		{
			"a gap and a snapshot",
			[]fstest.MapFS{serverFiles(1, 1, 1, []zab.Zxid{0, first[2]}, sets("x", gap...))},
			[]string{"bridged: s1 does not have 1.3 in its log"},
		},
		{
			"a damaged record",
			[]fstest.MapFS{at(1, 1, damaged), at(2, 1, sets("x", first...))},
			[]string{"unreadable: s1: log.100000001, byte 16: the checksum", "no-start: s1 would not start: log.100000001, byte 16", "undecided: 1.1..1.3 on {s2} only"},
		},
		{
			"a damaged record in a file that is not needed",
			[]fstest.MapFS{serverFiles(1, 1, 1, []zab.Zxid{first[2]}, damaged, sets("x", first[2]+1))},
			[]string{"unreadable: s1: log.100000001, byte 16: the checksum"},
		},
		{
			"a record that breaks off",
			[]fstest.MapFS{at(1, 1, cut), at(2, 1, sets("x", first...)), at(3, 1, sets("x", first...))},
			[]string{"unreadable: s1: log.100000001, byte 160: the log breaks off"},
		},
		{
			"no snapshot",
			[]fstest.MapFS{serverFiles(1, 1, 1, nil, sets("x", first...))},
			[]string{"no-start: s1 would not start: No snapshot found"},
		},
		{
			"an epoch that is too old",
			[]fstest.MapFS{serverFiles(1, 1, 1, []zab.Zxid{0}, sets("x", span(2, 1, 2)...))},
			[]string{"no-start: s1 would not start: The current epoch, 1, is older than the last zxid, 2.2"},
		},
		{
			"an epoch that was about to be written",
			[]fstest.MapFS{serverFiles(1, 2, 1, []zab.Zxid{0}, sets("x", span(2, 1, 2)...))},
			[]string{"repaired: s1 holds 2.2, of a later epoch than its currentEpoch"},
		},
		{
			"a promise that is too old",
			[]fstest.MapFS{serverFiles(1, 1, 2, []zab.Zxid{0}, sets("x", first...))},
			[]string{"no-start: s1 would not start: The accepted epoch, 1 is less than the current epoch, 2"},
		},
		{
			"the end is not decided",
			[]fstest.MapFS{at(1, 1, sets("x", first...)), at(2, 1, sets("x", first[:2]...)), at(3, 1, sets("x", first[:2]...))},
			[]string{"undecided: 1.3 on {s1} only, no majority of {s1 s2 s3}: who is elected decides whether it survives"},
		},
		{
			"beyond the end",
			[]fstest.MapFS{at(1, 1, sets("x", first...)), at(2, 2, sets("x", first[:2]...)), at(3, 2, sets("x", first[:2]...))},
			[]string{"undecided: 1.3 on {s1} only"},
		},
		{
			"replaced",
			[]fstest.MapFS{
				at(1, 2, sets("x", slices.Concat(first[:2], span(2, 1, 2))...)), at(2, 2, sets("x", slices.Concat(first[:2], span(2, 1, 2))...)), at(3, 1, sets("x", first...)),
			},
			[]string{"dead: 1.3 on {s3} did not survive: the others went on after 1.2; {s3} would start with them"},
		},
		{
			"parted",
			[]fstest.MapFS{
				at(1, 2, sets("x", slices.Concat(first[:2], span(2, 1, 2))...)), at(2, 2, sets("x", slices.Concat(first, span(2, 1, 2))...)),
			},
			[]string{"parted: histories part before 2.1: it follows 1.2 on {s1}, but 1.3 on {s2}"},
		},
		{
			// s3 got 2.0 by SNAP, and the snapshot of that has been cleaned up.
			"parted, before a snapshot of the one with the best vote",
			[]fstest.MapFS{
				at(1, 2, sets("x", slices.Concat(first[:2], span(2, 1, 2))...)), at(2, 2, sets("x", slices.Concat(first[:2], span(2, 1, 2))...)),
				serverFiles(3, 2, 2, []zab.Zxid{span(2, 2, 2)[0]}, sets("x", slices.Concat(first, span(2, 1, 2))...)),
			},
			[]string{
				"parted: histories part before 2.1: it follows 1.2 on {s1 s2}, but 1.3 on {s3}",
				"dead: 1.3 on {s3} did not survive: the others went on after 1.2; newer snapshots",
			},
		},
	} {
		var got []string
		for _, f := range examine(t, c.dirs...).Findings {
			got = append(got, fmt.Sprintf("%s: %s", f.Kind, f.Text))
		}
		if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

func TestHowServersJoin(t *testing.T) {
	long := span(1, 1, 6)
	withEpoch2 := slices.Concat(long[:2], span(2, 1, 2))
	for _, c := range []struct {
		name    string
		leader  fstest.MapFS // s2
		learner fstest.MapFS // s1
		want    string
	}{
		{"equal", at(2, 1, sets("x", long...)), at(1, 1, sets("x", long...)), "DIFF 1.6"},
		{"behind", at(2, 1, sets("x", long...)), at(1, 1, sets("x", long[:2]...)), "DIFF 1.6, sends 1.3..1.6"},
		{
			"behind the snapshot", serverFiles(2, 1, 1, []zab.Zxid{long[3]}, sets("x", long...)), at(1, 1, sets("x", long[:2]...)),
			"DIFF 1.6, reads 1.3..1.5, sends 1.6",
		},
		{
			"behind two log files, too large to read",
			serverFiles(2, 1, 1, []zab.Zxid{long[3]}, sets("x", long[:3]...), append(sets("x", long[3:]...), make([]byte, 1000)...)),
			at(1, 1, sets("x", long[:2]...)), "SNAP 1.6",
		},
		{"behind all log files", serverFiles(2, 1, 1, []zab.Zxid{long[3]}, sets("x", long[4:]...)), at(1, 1, sets("x", long[:2]...)), "SNAP 1.6"},
		{"ahead in the epoch before", at(2, 2, sets("x", long[:3]...)), at(1, 1, sets("x", long[:5]...)), "TRUNC 1.3, discards 1.4..1.5"},
		{
			"ahead, with a snapshot", at(2, 2, sets("x", long[:3]...)), serverFiles(1, 1, 1, []zab.Zxid{0, long[3]}, sets("x", long[:5]...)),
			"TRUNC 1.3, discards 1.5; s1 is to be cut back to 1.3, but snapshot.100000004 has later changes in it: ZooKeeper keeps it (ZOOKEEPER-1549)",
		},
		{"ahead, and the leader went on", at(2, 2, sets("x", withEpoch2...)), at(1, 1, sets("x", long[:5]...)), "SNAP 2.2, discards 1.3..1.5"},
		{"new", at(2, 1, sets("x", long...)), at(1, 0), "SNAP 1.6"},
		{
			// The leader was cut off with 1.3 and got 2.1 by SNAP.
			"behind a leader whose log is not its history",
			serverFiles(2, 2, 2, []zab.Zxid{0, withEpoch2[2]}, sets("x", long[0], long[1], long[2], withEpoch2[3])),
			at(1, 1, sets("x", long[:2]...)),
			"DIFF 2.2, reads 1.3 2.2; s1 would miss 2.1, which the leader's log leaves out (ZOOKEEPER-2846); s1 would be sent 1.3, which did not survive (ZOOKEEPER-2846)",
		},
	} {
		// The third knows how epoch 2 began.
		third := at(3, 0, sets("x", withEpoch2...))
		e := examine(t, c.learner, c.leader, third)
		p := e.Predict(nodes.SetOf(1, 2))
		if p.Leader != 2 || len(p.Joins) != 1 {
			t.Errorf("%s: %+v", c.name, p)
			continue
		}
		if got := summary(&p.Joins[0]); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

func summary(j *Join) string {
	parts := []string{fmt.Sprintf("%s %v", j.Mode, j.Zxid)}
	for _, part := range []struct {
		words string
		runs  []Run
	}{{"reads ", runs(j.FromDisk)}, {"sends ", runs(j.FromMemory)}, {"discards ", j.Discards}} {
		if len(part.runs) > 0 {
			parts = append(parts, part.words+strings.ReplaceAll(list(part.runs), ",", ""))
		}
	}
	return strings.Join(append([]string{strings.Join(parts, ", ")}, j.Warnings...), "; ")
}

// TestUnseenVotersMayHaveAnything: with one of three disks missing, what one of
// the two has may be on a majority.
func TestUnseenVotersMayHaveAnything(t *testing.T) {
	e := examine(t, at(1, 1, sets("x", span(1, 1, 3)...)), at(2, 1, sets("x", span(1, 1, 2)...)))
	if got := e.texts(Undecided); len(got) != 1 {
		t.Errorf("two voters: %q", got)
	}
	if e = Examine(e.Servers, nodes.FirstN(3), zab.DefaultOptions()); len(e.texts(Undecided)) > 0 {
		t.Errorf("three voters: %q", e.texts(Undecided))
	}
}

// TestWhoIsElected: the newest epoch, then the longest log, then the highest
// id; only among those that start, and not without a quorum.
func TestWhoIsElected(t *testing.T) {
	none := serverFiles(3, 1, 1, nil, sets("x", span(1, 1, 9)...)) // no snapshot: does not start
	for _, c := range []struct {
		name   string
		dirs   []fstest.MapFS
		leader nodes.ID
		epoch  uint64
	}{
		{"ids", []fstest.MapFS{at(1, 1), at(2, 1), at(3, 1)}, 3, 2},
		{"zxids", []fstest.MapFS{at(1, 1, sets("x", 1<<32+1)), at(2, 1), at(3, 1)}, 1, 2},
		{"epochs", []fstest.MapFS{at(1, 1, sets("x", 1<<32+1)), at(2, 5), at(3, 1)}, 2, 6},
		{"promises", []fstest.MapFS{serverFiles(1, 9, 1, []zab.Zxid{0}), at(2, 1), at(3, 1)}, 3, 10},
		{"one does not start", []fstest.MapFS{at(1, 1), at(2, 1), none}, 2, 2},
		{"too few start", []fstest.MapFS{serverFiles(1, 1, 1, nil, sets("x", 1<<32+1)), at(2, 1), none}, 0, 0},
	} {
		p := examine(t, c.dirs...).Predict(nodes.FirstN(3))
		if p.Leader != c.leader || p.Epoch != c.epoch || (p.Leader == 0) != (p.Why != "") {
			t.Errorf("%s: %+v, want %v in epoch %d", c.name, p, c.leader, c.epoch)
		}
	}
	if p := examine(t, at(1, 1), at(2, 1), none).Predict(nodes.FirstN(3)); p.Joins[1].Fails == "" {
		t.Errorf("s3 joins: %+v", p.Joins[1])
	}
}

func TestMissingEpochFiles(t *testing.T) {
	dir := at(1, 1, sets("x", span(3, 1, 2)...))
	delete(dir, "version-2/acceptedEpoch")
	delete(dir, "version-2/currentEpoch")
	s, err := examine(t, dir).Survivor(1)
	if err != nil {
		t.Fatal(err)
	}
	if accepted, current := s.Epochs(); accepted != 3 || current != 3 { // R-DUR-3
		t.Errorf("epochs %d, %d; want 3, 3", accepted, current)
	}
}

func TestReadServer(t *testing.T) {
	whole := at(4, 2, sets("x", span(1, 1, 3)...))
	sub := func(name string) fs.FS {
		dir, err := fs.Sub(whole, name)
		if err != nil {
			t.Fatal(err)
		}
		return dir
	}
	s, err := ReadServer(sub("version-2"), nil)
	if err != nil || s.ID != 0 || len(s.Entries) != 3 {
		t.Errorf("version-2 itself: %+v, %v", s, err)
	}
	elsewhere := fstest.MapFS{"version-2/log.100000004": {Data: sets("x", span(1, 4, 5)...)}}
	s, err = ReadServer(whole, elsewhere)
	if err != nil || s.ID != 4 || len(s.Entries) != 2 || len(s.Snapshots) != 1 {
		t.Errorf("logs elsewhere: %+v, %v", s, err)
	}
	if _, err := ReadServer(fstest.MapFS{"readme": {}, "log": {}, "version-2/log.d/x": {}}, nil); !errors.Is(err, ErrNoServer) {
		t.Errorf("no data directory: %v", err)
	}
}

func TestProblemsOfSmallFiles(t *testing.T) {
	dir := at(1, 1)
	for name, text := range map[string]string{
		"myid": "64", "version-2/acceptedEpoch": "seven", "version-2/currentEpoch": "4294967296",
		"version-2/currentEpoch.tmp": "8", "version-2/log.xyz": "", "version-2/log.100000001": "not a log",
	} {
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	s, err := ReadServer(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"myid, byte 0: server 64; ids from 1 to 63 can be handled",
		`acceptedEpoch, byte 0: "seven" is no number`,
		"currentEpoch.tmp, byte 0: a write of epoch 8 was interrupted",
		"currentEpoch, byte 0: 4294967296 is no epoch",
		"log.xyz, byte 0: the name has no zxid in it: ZooKeeper does not see this file",
		`log.100000001, byte 0: this is no log of ZooKeeper: it begins with "not ", not with "ZKLG"`,
	}
	var got []string
	for _, p := range s.Problems {
		got = append(got, p.Error())
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestVoters(t *testing.T) {
	s := &Server{Config: "server.1=a:2888:3888:participant\nserver.2=b:2888:3888\n server.3=c:2888:3888:observer;2181\nserver.99=d:1:2\nversion=0"}
	if got := s.Voters(); got != nodes.SetOf(1, 2) {
		t.Errorf("voters %v", got)
	}
}
