package zkdata

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zabsim/zabsim/nodes/zab"
)

// readSnapshot returns what a snapshot has and what was wrong with it.
func readSnapshot(data []byte) (s Summary, problem *Problem) {
	s, err := ReadSnapshot(fstest.MapFS{"snapshot.1": {Data: data}}, "snapshot.1", func(Znode) {})
	errors.As(err, &problem)
	return s, problem
}

func TestSnapshots(t *testing.T) {
	plain := Summary{Sessions: 1, Nodes: 4, Ephemerals: 1}
	digested := plain
	digested.DigestZxid = 9
	for _, c := range []struct {
		name string
		data []byte
		want Summary
	}{
		{"3.5", snapshotHead().b, plain},
		{"3.6", snapshotOf(), digested},
		{"3.6, digest as text", snapshotHead().put(int64(9), int32(1), "4d").seal().b, digested},
		{"3.9", snapshotHead().put(int64(9), int32(2), int64(77)).seal().put(int64(9)).seal().b, digested},
		{"3.9 without digest", snapshotHead().put(int64(9)).seal().b, plain},
	} {
		if got, problem := readSnapshot(c.data); problem != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, problem, c.want)
		}
	}
}

func TestSnapshotNodes(t *testing.T) {
	var got []string
	_, err := ReadSnapshot(fstest.MapFS{"snapshot.1": {Data: snapshotOf()}}, "snapshot.1", func(z Znode) {
		got = append(got, fmt.Sprintf("%s=%s %d", z.Path, z.Data, z.Owner))
		if z.Created != 1 || z.Modified != 2 || z.ChildrenModified != 7 || z.Version != 5 || z.ChildrenVersion != 6 {
			t.Errorf("%+v", z)
		}
	})
	if want := "/= 0, /a=x 0, /a/b= 4660, /c=y 0"; err != nil || strings.Join(got, ", ") != want {
		t.Errorf("%s, %v; want %s", strings.Join(got, ", "), err, want)
	}
}

func TestDamagedSnapshots(t *testing.T) {
	whole := snapshotOf()
	head := len(snapshotHead().b)
	with := func(at int, b ...byte) []byte {
		changed := append([]byte(nil), whole...)
		copy(changed[at:], b)
		return changed
	}
	orphan := &juteWriter{[]byte("ZKSN")}
	orphan.put(int32(2), int64(-1), int32(0), int32(0)).znode("", "", 0).znode("/x/y", "", 0)
	for _, c := range []struct {
		name   string
		data   []byte
		offset int64
		what   string
	}{
		{"empty", nil, 0, "the file is empty"},
		{"a log", sets("x", 1), 0, `begins with "ZKLG", not with "ZKSN"`},
		{"data changed", with(head-20, 0xee), int64(head - 13), "the checksum is"},
		{"second checksum changed", with(len(whole)-6, 0xee), int64(len(whole) - 13), "the checksum is"},
		{"no slash", with(len(whole)-1, '\\'), int64(len(whole) - 5), `ends with "\\", not with "/"`},
		{"a byte too many", append(slices.Clip(whole), 0), int64(len(whole)), "the file ends in the middle of something"},
		{"an orphan", orphan.b, int64(len(orphan.b) - len(new(juteWriter).znode("/x/y", "", 0).b)), `"/x/y" has no parent`},
		{"a negative count", with(16, 0x80, 0, 0, 0), 16, "is no length"},
	} {
		_, p := readSnapshot(c.data)
		if p == nil || p.Offset != c.offset || !p.Fatal || !strings.Contains(p.What, c.what) {
			t.Errorf("%s: %+v; want %q at byte %d", c.name, p, c.what, c.offset)
		}
	}
}

// TestSnapshotCutAnywhere: a snapshot that was cut is never taken for a whole
// one, except where that is how an older version ends.
func TestSnapshotCutAnywhere(t *testing.T) {
	whole := snapshotOf()
	for cut := range whole {
		_, problem := readSnapshot(whole[:cut])
		if cut == len(snapshotHead().b) {
			if problem != nil {
				t.Errorf("cut at %d: %v", cut, problem)
			}
			continue
		}
		if problem == nil || problem.Offset > int64(cut) {
			t.Errorf("cut at %d: %v", cut, problem)
		}
	}
}

func TestSnapshotFlippedAnywhere(t *testing.T) {
	whole := snapshotOf()
	for at := range whole {
		flipped := append([]byte(nil), whole...)
		flipped[at] ^= 0x10
		if _, problem := readSnapshot(flipped); problem == nil {
			t.Errorf("byte %d: not noticed", at)
		}
	}
}

func TestCompressedSnapshot(t *testing.T) {
	files := serverFiles(1, 1, 1, nil, sets("x", span(1, 1, 2)...))
	files["version-2/snapshot.0.gz"] = &fstest.MapFile{Data: []byte("\x1f\x8b")}
	s, err := ReadServer(files, nil)
	if err != nil || len(s.Problems) != 1 {
		t.Fatal(err, s.Problems)
	}
	if p := s.Problems[0]; p.Fatal || p.Error() != "snapshot.0.gz, byte 0: the snapshot is compressed (gz); only plain ones can be read" {
		t.Errorf("%+v", p)
	}
	// Its name says what is in it, and that is enough to vote.
	if survivor, err := s.Recover(0b10, zab.DefaultOptions()); err != nil || survivor.Last() != zab.MakeZxid(1, 2) {
		t.Errorf("%v, %v", survivor, err)
	}
}
