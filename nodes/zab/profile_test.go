package zab

import (
	"slices"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/nodes"
)

// in returns the setup with a profile, or with a single defect.
func (s setup) in(profileOrDefect string) setup {
	if strings.ContainsRune(profileOrDefect, '-') {
		s.defect = profileOrDefect
		return s
	}
	tune := s.options
	s.options = func(o *Options) {
		if tune != nil {
			tune(o)
		}
		o.Profile = profileOrDefect
	}
	return s
}

// TestNewLeaderInEachProfile is the table of how followers came to acknowledge
// NEWLEADER over the years: what is done with two committed transactions of a
// DIFF and one that is proposed, one line for each time the disk is waited for.
func TestNewLeaderInEachProfile(t *testing.T) {
	for profile, want := range map[string][]string{
		"safe": {
			"append txn 1.3, append txn 1.4, fsync log",
			"currentEpoch := epoch 2",
			"s3 ACK 2.0",
			"UPTODATE: s3 ACK 2.0, deliver 1.1, deliver 1.2, deliver 1.3, deliver 1.4, append txn 2.1, fsync log",
			"s3 ACK 2.1",
		},
		"A": {
			"append snapshot 1.4, currentEpoch := epoch 2",
			"s3 ACK 2.0",
			"UPTODATE: s3 ACK 2.0, deliver 1.1, deliver 1.2, deliver 1.3, deliver 1.4, append txn 2.1, fsync log",
			"s3 ACK 2.1",
		},
		"B": {
			"currentEpoch := epoch 2",
			"s3 ACK 2.0",
			"UPTODATE: s3 ACK 2.0, deliver 1.1, deliver 1.2, append txn 1.3, fsync log, deliver 1.3, deliver 1.4",
			"s3 ACK 1.3, append txn 1.4, append txn 2.1, fsync log",
			"s3 ACK 1.4, s3 ACK 2.1",
		},
		"C": {
			"currentEpoch := epoch 2",
			"append txn 1.3, fsync log, s3 ACK 2.0",
			"s3 ACK 1.3, append txn 1.4, append txn 2.1, fsync log",
			"s3 ACK 1.4, s3 ACK 2.1",
			"UPTODATE: s3 ACK 2.0, deliver 1.1, deliver 1.2, deliver 1.3, deliver 1.4",
		},
		"D": {
			"append txn 1.3, append txn 1.4, append txn 2.1, fsync log",
			"currentEpoch := epoch 2",
			"s3 ACK 2.0",
			"UPTODATE: s3 ACK 1.3, s3 ACK 1.4, s3 ACK 2.1, s3 ACK 2.0, deliver 1.1, deliver 1.2, deliver 1.3, deliver 1.4",
		},
		"ZOOKEEPER-4643": {
			"currentEpoch := epoch 2",
			"append txn 1.3, append txn 1.4, fsync log",
			"s3 ACK 2.0",
			"UPTODATE: s3 ACK 2.0, deliver 1.1, deliver 1.2, deliver 1.3, deliver 1.4, append txn 2.1, fsync log",
			"s3 ACK 2.1",
		},
		"ZOOKEEPER-1282": {
			"append txn 1.3, append txn 1.4, fsync log",
			"s3 ACK 2.0",
			"UPTODATE: currentEpoch := epoch 2",
			"s3 ACK 2.0, deliver 1.1, deliver 1.2, deliver 1.3, deliver 1.4, append txn 2.1, fsync log",
			"s3 ACK 2.1",
		},
		"ZOOKEEPER-4685": {
			"append txn 1.3, append txn 1.4, append txn 2.1, fsync log",
			"s3 ACK 1.3, s3 ACK 1.4, s3 ACK 2.1, currentEpoch := epoch 2",
			"s3 ACK 2.0",
			"UPTODATE: s3 ACK 2.0, deliver 1.1, deliver 1.2, deliver 1.3, deliver 1.4",
		},
	} {
		t.Run(profile, func(t *testing.T) {
			p := learn(t, stale.in(profile), 2)
			p.receive(toLeader, Diff{MakeZxid(1, 4)})
			p.receive(toLeader, committed(txns(1, 3, 4)...)...)
			p.receive(toLeader, propose(txnAt(2, 1))...)
			var got []string
			look := func(prefix string) {
				for got = append(got, prefix+strings.Join(p.lines, ", ")); len(p.tickets) > 0; got = append(got, strings.Join(p.lines, ", ")) {
					p.forget()
					p.syncOne()
					if p.armed(yieldTimer) > 0 { // the main thread goes on at once
						p.expire(yieldTimer)
					}
				}
				p.forget()
			}
			p.receive(toLeader, NewLeader{2})
			look("")
			p.receive(toLeader, UpToDate{})
			if p.armed(yieldTimer) > 0 { // the commit thread catches up at once
				p.expire(yieldTimer)
			}
			look("UPTODATE: ")
			if !slices.Equal(got, want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
			}
			if p.state() != "1.1 1.2 1.3 1.4 " || p.n.currentEpoch != 2 {
				t.Errorf("it holds %q in epoch %d", p.state(), p.n.currentEpoch)
			}
		})
	}
}

// ZOOKEEPER-4685: in profile C the log thread may be done while the main thread
// waits for the processor.
func TestLogThreadOvertakesMainThread(t *testing.T) {
	p := learn(t, stale.in("C"), 2)
	p.receive(toLeader, Diff{MakeZxid(1, 3)})
	p.receive(toLeader, committed(txns(1, 3, 3)...)...)
	p.receive(toLeader, NewLeader{2})
	p.syncOne() // currentEpoch
	p.forget()
	p.syncOne() // the log
	p.wants("s3 ACK 1.3")
	p.expire(yieldTimer)
	p.wants("s3 ACK 2.0")
}

func TestProfilesEAndFGoAboutNewLeaderAsSafe(t *testing.T) {
	for _, profile := range []string{"E", "F"} {
		ds, err := defectsOf(profile)
		if got := ds.programs(); err != nil || !slices.Equal(got.newLeader, safePrograms.newLeader) || !slices.Equal(got.upToDate, safePrograms.upToDate) {
			t.Errorf("%s: %v, %v", profile, got, err)
		}
	}
}

func TestVariantsAreWellFormed(t *testing.T) {
	for _, v := range variants {
		name := catalogue[v.defect].Name
		if len(v.profiles) != len(Profiles)-1 {
			t.Fatalf("%s: %q has not one column for each profile", name, v.profiles)
		}
		for i, mark := range v.profiles {
			if letter := Profiles[i+1].Name[0]; mark != '.' && byte(mark) != letter {
				t.Errorf("%s: %c stands in the column of %c", name, mark, letter)
			}
		}
	}
	if ds, _ := defectsOf(safeProfile); ds != 0 {
		t.Errorf("profile safe has defects: %b", ds)
	}
}

func TestUnknownProfileIsRefused(t *testing.T) {
	o := DefaultOptions()
	o.Profile = "G"
	if err := o.check(0, 0); err == nil || !strings.Contains(err.Error(), "it can be safe, P0, A, B, C, D, E, F") {
		t.Error(err)
	}
}

func TestDefectsAreDeclared(t *testing.T) {
	for d, entry := range catalogue {
		c := nodes.Config{Defects: []string{entry.Name}}
		if got := defectsIn(&c, safeProfile); got != defects(0).with(defect(d)) {
			t.Errorf("%q switches on %b", entry.Name, got)
		}
		if entry.Doc == "" || entry.Source == "" {
			t.Errorf("%s is not documented", entry.Name)
		}
	}
}

func TestCommittedLogHoldsOneMore(t *testing.T) {
	for profile, want := range map[string]int{"safe": 3, "F": 3, "E": 4, "C": 4} {
		s := stale.in(profile)
		tune := s.options
		s.options = func(o *Options) { tune(o); o.CommitLogCount = 3 }
		s.log = txns(1, 1, 9)
		if got := len(newProbe(t, s).n.db.committedLog); got != want {
			t.Errorf("%s: %d", profile, got)
		}
	}
}
