package zkdata

import (
	"errors"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
)

// errNoSnapshot is in ZooKeeper's words (R-DUR-12).
var errNoSnapshot = errors.New("No snapshot found, but there are log entries. Something is broken!") //nolint:revive,staticcheck // its words

// Readable says which file keeps the server from starting, or nil if it can
// read all it needs.
func (s *Server) Readable() error {
	base, ok := s.Base()
	switch {
	case !ok && slices.ContainsFunc(s.Snapshots, func(f SnapshotFile) bool { return !f.Torn }):
		return errors.New("not one of its snapshots is valid")
	case !ok && len(s.Entries) > 0:
		return errNoSnapshot
	}
	for _, p := range s.Problems {
		if p.Fatal && s.needs(p.File, base.Zxid) {
			return p
		}
	}
	return nil
}

// Recover lets the server start, on paper. The error says why ZooKeeper would
// not start with these files.
func (s *Server) Recover(voters nodes.Set, options *zab.Options) (*zab.Survivor, error) {
	if err := s.Readable(); err != nil {
		return nil, err
	}
	base, _ := s.Base()
	r := zab.Remains{
		ID:            s.ID,
		AcceptedEpoch: s.AcceptedEpoch,
		CurrentEpoch:  s.CurrentEpoch,
		Snapshot:      base.Zxid,
		SnapshotSize:  base.Size,
	}
	for _, l := range s.Logs {
		log := zab.RemainsOfLog{Size: l.Size}
		for _, e := range s.Entries[l.From:l.To] {
			log.Txns = append(log.Txns, zab.Txn{Zxid: e.Zxid})
		}
		r.Log = append(r.Log, log)
	}
	return zab.NewSurvivor(&r, voters, options)
}

// needs reports whether recovery reads a file: an epoch, or a log file that may
// have something beyond the snapshot it begins with. A bad snapshot is passed
// over.
func (s *Server) needs(file string, base zab.Zxid) bool {
	if file == "acceptedEpoch" || file == "currentEpoch" {
		return true
	}
	i := slices.IndexFunc(s.Logs, func(l LogFile) bool { return l.Name == file })
	if i < 0 {
		return false
	}
	return i+1 == len(s.Logs) || s.Logs[i+1].Zxid > base+1
}

// Gap returns the transactions that recovery finds left out in the log where it
// replays it, if it does.
func (s *Server) Gap() (Run, bool) {
	base, _ := s.Base()
	last := base.Zxid
	for _, e := range s.inForce() {
		if gap := gapBefore(last, e.Zxid); gap.Len() > 0 && last.Epoch() == e.Zxid.Epoch() {
			return gap, true
		}
		last = e.Zxid
	}
	return Run{}, false
}

// inForce returns the entries that recovery replays, and that the server
// therefore counts as its history: those beyond the snapshot it begins with.
func (s *Server) inForce() []Entry {
	base, _ := s.Base()
	var replayed []Entry
	last := base.Zxid
	for _, e := range s.Entries {
		if e.Zxid > last {
			replayed = append(replayed, e)
			last = e.Zxid
		}
	}
	return replayed
}
