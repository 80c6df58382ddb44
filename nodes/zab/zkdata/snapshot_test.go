package zkdata

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// readSnapshot returns what a snapshot has and what was wrong with it.
func readSnapshot(data []byte) (s Summary, problem *Problem) {
	s, err := ReadSnapshot(fstest.MapFS{"snapshot.1": {Data: data}}, "snapshot.1", func(Znode) {})
	errors.As(err, &problem)
	return s, problem
}

func TestSnapshots(t *testing.T) {
	plain := Summary{Sessions: []Session{{4660, 4 * time.Second}}, Nodes: 4, Ephemerals: 1}
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
		if got, problem := readSnapshot(c.data); problem != nil || !reflect.DeepEqual(got, c.want) {
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
		{"a log", sets("x", 1), 0, `begins with "ZKLG", not with "ZKSN"`},
		{"data changed", with(head-20, 0xee), int64(head - 13), "the checksum is"},
		{"second checksum changed", with(len(whole)-6, 0xee), int64(len(whole) - 13), "the checksum is"},
		{"something behind it", append(slices.Clip(whole), whole[len(whole)-13:]...), int64(len(whole) + 8), "the file ends in the middle"},
		{"an orphan", append(slices.Clip(orphan.b), endOfSnapshot...), int64(len(orphan.b) - len(new(juteWriter).znode("/x/y", "", 0).b)), `"/x/y" has no parent`},
		{"a negative count", with(16, 0x80, 0, 0, 0), 16, "is no length"},
	} {
		_, p := readSnapshot(c.data)
		if p == nil || p.Offset != c.offset || !p.Fatal || !strings.Contains(p.What, c.what) {
			t.Errorf("%s: %+v; want %q at byte %d", c.name, p, c.what, c.offset)
		}
	}
}

// TestTornSnapshots: what does not end as a snapshot does was not written to its
// end. That happens, and ZooKeeper looks no further.
func TestTornSnapshots(t *testing.T) {
	whole := snapshotOf()
	for _, c := range []struct {
		name string
		data []byte
		what string
	}{
		{"empty", nil, "the file is empty: ZooKeeper skips it"},
		{"cut in the header", whole[:7], "the file ends within its header: it was not written to its end"},
		{"cut", whole[:100], "the file ends in the middle of something: it was not"},
		{"zeros behind it", append(slices.Clip(whole), 0, 0, 0), "the file ends in the middle of something: it was not"},
	} {
		_, p := readSnapshot(c.data)
		if p == nil || p.Fatal || !p.Torn || !strings.Contains(p.What, c.what) || !strings.Contains(p.What, "ZooKeeper skips it") {
			t.Errorf("%s: %+v; want %q", c.name, p, c.what)
		}
	}
	// Without another one the server is new, or finds a log that nothing leads to.
	files := serverFiles(1, 0, 0, nil)
	files["version-2/snapshot.5"] = &fstest.MapFile{Data: whole[:50]}
	for _, c := range []struct {
		log  []byte
		want error
	}{{nil, nil}, {sets("x", 1), errNoSnapshot}} {
		if c.log != nil {
			files["version-2/log.1"] = &fstest.MapFile{Data: c.log}
		}
		s, err := ReadServer(files, nil)
		if err != nil || !errors.Is(s.Readable(), c.want) || c.want == nil && s.Readable() != nil {
			t.Errorf("%v, %v; want %v", s.Readable(), err, c.want)
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
