package zkdata

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/nodes/zab/zkdata/zkdatatest"
)

// seeds are the real files whose names contain a word, without the zeros at
// their end.
func seeds(f *testing.F, word string) {
	f.Helper()
	for name, file := range zkdatatest.Files() {
		if strings.Contains(name, "crashed/server4/version-2/"+word) {
			f.Add(bytes.TrimRight(file.Data, "\x00"))
		}
	}
}

func FuzzLog(f *testing.F) {
	seeds(f, "log.")
	f.Add(sets("x", span(1, 1, 3)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, problem := readLog(data)
		at := int64(0)
		for _, r := range records {
			if r.Offset <= at || r.Offset >= int64(len(data)) {
				t.Fatalf("a record at byte %d, after one at %d, of %d", r.Offset, at, len(data))
			}
			at = r.Offset
			_ = r.String()
		}
		if problem != nil && (problem.Offset < at || problem.Offset > int64(len(data))) {
			t.Fatalf("%v, but the file has %d bytes", problem, len(data))
		}
	})
}

func FuzzSnapshot(f *testing.F) {
	seeds(f, "snapshot.")
	f.Add(snapshotOf())
	f.Fuzz(func(t *testing.T, data []byte) {
		s, problem := readSnapshot(data)
		if problem != nil && (problem.Offset < 0 || problem.Offset > int64(len(data))) {
			t.Fatalf("%v, but the file has %d bytes", problem, len(data))
		}
		if s.Nodes > len(data) || s.Ephemerals > s.Nodes {
			t.Fatalf("%+v of %d bytes", s, len(data))
		}
	})
}

// FuzzPacked: no contents of a packed snapshot take more than they may.
func FuzzPacked(f *testing.F) {
	f.Add(gzipped(snapshotOf()), true)
	f.Add(snapped(snapshotOf()), false)
	f.Fuzz(func(t *testing.T, data []byte, gz bool) {
		suffix := "snappy"
		if gz {
			suffix = "gz"
		}
		s, problem := readPacked(suffix, data)
		if s.Nodes > (len(data)+1)*mostUnfolded || problem != nil && problem.Offset > int64(len(data)+1)*mostUnfolded {
			t.Fatalf("%+v, %v of %d bytes", s, problem, len(data))
		}
	})
}

func FuzzEpoch(f *testing.F) {
	for _, text := range []string{"17", "17\n", "", "-1", "99999999999999999999", "1e3", " 4 "} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		files := serverFiles(1, 1, 1, []zab.Zxid{0})
		files["version-2/acceptedEpoch"].Data = data
		s, err := ReadServer(files, nil)
		if err != nil {
			t.Fatal(err)
		}
		if (s.AcceptedEpoch == nil) == (len(s.Problems) == 0) {
			t.Fatalf("%q: epoch %v, problems %v", data, s.AcceptedEpoch, s.Problems)
		}
	})
}

// FuzzExamine: no contents of a log confuse those who compare servers.
func FuzzExamine(f *testing.F) {
	f.Add([]byte{1, 1, 1, 2, 2, 1, 2, 2}, []byte{1, 1, 1, 2, 1, 3}, byte(2), byte(1))
	f.Add([]byte{1, 1, 3, 7, 3, 7, 2, 1}, []byte{}, byte(0), byte(9))
	f.Fuzz(func(t *testing.T, a, b []byte, snapshot, epoch byte) {
		var servers []*Server
		for i, pairs := range [][]byte{a, b} {
			var zxids []zab.Zxid
			for ; len(pairs) >= 2; pairs = pairs[2:] {
				zxids = append(zxids, zab.MakeZxid(uint64(pairs[0]), uint64(pairs[1])))
			}
			files := serverFiles(i+1, int(epoch), int(epoch), []zab.Zxid{0, zab.MakeZxid(uint64(snapshot), 1)})
			if len(zxids) > 0 {
				files["version-2/log.1"] = &fstest.MapFile{Data: sets("x", zxids...)}
			}
			s, err := ReadServer(files, nil)
			if err != nil && !errors.Is(err, ErrNoServer) {
				t.Fatal(err)
			}
			servers = append(servers, s)
		}
		e := Examine(servers, nodes.FirstN(2), zab.DefaultOptions())
		sets, _ := e.Majorities(16)
		for _, among := range sets {
			if p := e.Predict(among); p.Leader != 0 && !among.Has(p.Leader) {
				t.Fatalf("%v is led by %v", among, p.Leader)
			}
		}
	})
}
