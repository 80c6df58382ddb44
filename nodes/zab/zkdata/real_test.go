package zkdata

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/nodes/zab/zkdata/zkdatatest"
)

// dirOf returns the data directory of a server at a moment: "crashed", "final".
func dirOf(t *testing.T, moment string, id int) fs.FS {
	t.Helper()
	dir, err := fs.Sub(zkdatatest.Files(), fmt.Sprintf("%s/server%d", moment, id))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func ensembleOf(t *testing.T, moment string) *Ensemble {
	t.Helper()
	var servers []*Server
	for id := 1; id <= 5; id++ {
		s, err := ReadServer(dirOf(t, moment, id), nil)
		if err != nil {
			t.Fatal(err)
		}
		servers = append(servers, s)
	}
	return Examine(servers, nodes.FirstN(5), zab.DefaultOptions())
}

// decoded is the form of the dumps beside the data directories.
type decoded struct {
	AcceptedEpoch, CurrentEpoch uint64
	Snapshots                   []string
	Txns                        []decodedTxn
}

type decodedTxn struct{ File, Zxid, Type, Path, Data, Extra string }

// asDecoded puts what we read in that form.
func asDecoded(t *testing.T, s *Server) decoded {
	t.Helper()
	d := decoded{AcceptedEpoch: *s.AcceptedEpoch, CurrentEpoch: *s.CurrentEpoch}
	written := func(z zab.Zxid) string { return fmt.Sprintf("(%d,%d)", z.Epoch(), z.Counter()) }
	for _, f := range s.Snapshots {
		d.Snapshots = append(d.Snapshots, written(f.Zxid))
	}
	slices.Sort(d.Snapshots)
	for i, l := range s.Logs {
		for r, err := range s.Records(i) {
			if err != nil {
				t.Fatal(err)
			}
			txn := decodedTxn{File: l.Name, Zxid: written(r.Zxid), Type: r.Type.String(), Path: r.Path, Data: string(r.Data)}
			switch r.Type {
			case SetData:
				txn.Extra = fmt.Sprintf("v%d", r.Version)
			case Error:
				txn.Extra = r.Code.String()
			}
			d.Txns = append(d.Txns, txn)
		}
	}
	return d
}

// TestAgreesWithDecoder: record for record the same as another program read.
func TestAgreesWithDecoder(t *testing.T) {
	records := 0
	for _, moment := range []string{"crashed", "final"} {
		for id := 1; id <= 5; id++ {
			dir := dirOf(t, moment, id)
			text, err := fs.ReadFile(dir, "decoded.json")
			if err != nil {
				t.Fatal(err)
			}
			var want decoded
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			s, err := ReadServer(dir, nil)
			if err != nil || len(s.Problems) > 0 || s.ID != nodes.ID(id) {
				t.Fatalf("%s server %d: %v, %v, %v", moment, id, s.ID, err, s.Problems)
			}
			got := asDecoded(t, s)
			if got.AcceptedEpoch != want.AcceptedEpoch || got.CurrentEpoch != want.CurrentEpoch || !slices.Equal(got.Snapshots, want.Snapshots) {
				t.Errorf("%s server %d: epochs and snapshots %+v, want %+v", moment, id, got, want)
			}
			if len(got.Txns) != len(want.Txns) {
				t.Fatalf("%s server %d: %d records, want %d", moment, id, len(got.Txns), len(want.Txns))
			}
			for i := range want.Txns {
				if got.Txns[i] != want.Txns[i] {
					t.Fatalf("%s server %d: record %d is %+v, want %+v", moment, id, i, got.Txns[i], want.Txns[i])
				}
			}
			records += len(got.Txns)
			if s.Voters() != nodes.FirstN(5) && id > 2 { // the first two have but the snapshots of the beginning
				t.Errorf("%s server %d: voters %v", moment, id, s.Voters())
			}
		}
	}
	if records < 9000 {
		t.Errorf("only %d records", records)
	}
}

// texts returns what was found of one kind.
func (e *Ensemble) texts(k Kind) []string {
	var found []string
	for _, f := range e.Findings {
		if f.Kind == k {
			found = append(found, f.Text)
		}
	}
	return found
}

func TestFindings(t *testing.T) {
	e := ensembleOf(t, "crashed")
	if e.Reference.ID != 5 {
		t.Errorf("reference %v, want s5", e.Reference.ID)
	}
	for _, c := range []struct {
		kind Kind
		want []string
	}{
		{Dead, []string{
			"16.70..16.73 on {s4} did not survive: the others went on after 16.69; {s4} would start with them",
			"1.45 on {s4 s5} did not survive: the others went on after 1.44; newer snapshots keep them out of the tree",
			"2.61..2.63 on {s3} did not survive: the others went on after 2.60; newer snapshots keep them out of the tree",
			"3.60..3.64 on {s4 s5} did not survive: the others went on after 3.59; newer snapshots keep them out of the tree",
			"6.62..6.64 on {s4} did not survive: the others went on after 6.61; newer snapshots keep them out of the tree",
			"7.62..7.65 on {s4 s5} did not survive: the others went on after 7.61; newer snapshots keep them out of the tree",
			"13.104..13.109 on {s4 s5} did not survive: the others went on after 13.103; newer snapshots keep them out of the tree",
			"14.29..14.31 on {s3 s4} did not survive: the others went on after 14.28; newer snapshots keep them out of the tree",
			"15.66..15.68 on {s1 s5} did not survive: the others went on after 15.65; newer snapshots keep them out of the tree",
		}},
		{Duplicate, []string{"s1 logged 13.16 more than once", "s4 logged 4.34 more than once"}},
		{Bridged, []string{
			"s1 does not have 16.1..16.38 in its log; snapshots stand in for them",
			"s3 does not have 3.1..3.23, 15.1..15.27 in its log; snapshots stand in for them",
			"s4 does not have 2.1..2.32, 4.1..4.33, 7.1..7.37, 8.1..8.5, 14.1..14.10, 15.1..15.26 in its log; snapshots stand in for them",
			"s5 does not have 2.1..2.32, 4.1..4.33, 8.1..8.5, 14.1..14.10, 16.1..16.38 in its log; snapshots stand in for them",
		}},
		{Conflict, nil},
		{Parted, nil},
		{Missing, nil},
		{Unreadable, nil},
		{NoStart, nil},
		{Repaired, nil},
		{Undecided, nil},
	} {
		if got := e.texts(c.kind); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant:\n%s", c.kind, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// TestPredictsTheNextStart: what we foretell of the crashed servers is what
// their directories look like after they were started again.
func TestPredictsTheNextStart(t *testing.T) {
	before, after := ensembleOf(t, "crashed"), ensembleOf(t, "final")
	p := before.Predict(nodes.FirstN(5))
	if p.Leader != 5 {
		t.Errorf("leader %v, want s5", p.Leader)
	}
	imaged := nodes.SetOf(p.Leader) // a leader takes a snapshot when it begins
	for _, j := range p.Joins {
		if j.Mode != "DIFF" {
			imaged = imaged.With(j.Server)
		}
		if len(j.Warnings) > 0 || j.Fails != "" {
			t.Errorf("%+v", j)
		}
	}
	for i, s := range after.Servers {
		if *s.AcceptedEpoch != p.Epoch || *s.CurrentEpoch != p.Epoch {
			t.Errorf("%v went to epoch %d, foretold was %d", s.ID, *s.CurrentEpoch, p.Epoch)
		}
		if taken := len(s.Snapshots) > len(before.Servers[i].Snapshots); taken != imaged.Has(s.ID) {
			t.Errorf("%v took a snapshot: %t, foretold was %t", s.ID, taken, !taken)
		}
		base, _ := s.Base()
		if imaged.Has(s.ID) && base.Zxid != zab.MakeZxid(17, 5) {
			t.Errorf("%v starts from a snapshot of %v", s.ID, base.Zxid)
		}
		k := len(before.Servers[i].Entries)
		if s.Entries[k].Zxid != zab.MakeZxid(18, 1) {
			t.Errorf("%v goes on with %v", s.ID, s.Entries[k].Zxid)
		}
	}
	s4 := p.Joins[3]
	if s4.Server != 4 || s4.Mode != "SNAP" || list(s4.Discards) != "16.70..16.73" {
		t.Errorf("s4: %+v", s4)
	}
}

func TestPredictionsOfMinoritiesAndMajorities(t *testing.T) {
	e := ensembleOf(t, "crashed")
	if p := e.Predict(nodes.SetOf(1, 5)); p.Leader != 0 || p.Why == "" {
		t.Errorf("two of five: %+v", p)
	}
	sets, all := e.Majorities(16)
	if len(sets) != 16 || !all || sets[0] != nodes.FirstN(5) {
		t.Errorf("majorities of five: %v, all of them: %t", sets, all)
	}
	if few, all := e.Majorities(15); len(few) != 6 || all {
		t.Errorf("at most 15 majorities: %v, all of them: %t", few, all)
	}
	for i, set := range sets {
		if slices.Index(sets, set) != i {
			t.Errorf("%v comes twice", set)
		}
	}
	for _, among := range sets {
		p := e.Predict(among)
		want := among.Without(4).Max() // the others are equal but for their ids
		if p.Leader != want || p.Epoch != 18 {
			t.Errorf("%v: %v in epoch %d, want %v in 18", among, p.Leader, p.Epoch, want)
		}
	}
}
