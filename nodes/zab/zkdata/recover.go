package zkdata

import (
	"errors"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
)

// errNoSnapshot is in ZooKeeper's words (R-DUR-12).
var errNoSnapshot = errors.New("No snapshot found, but there are log entries. Something is broken!") //nolint:revive,staticcheck // its words

// Recover lets the server start, on paper. The error says why ZooKeeper would
// not start with these files.
func (s *Server) Recover(voters nodes.Set, options *zab.Options) (*zab.Survivor, error) {
	base, ok := s.Base()
	switch {
	case !ok && len(s.Snapshots) > 0:
		return nil, errors.New("not one of its snapshots is valid")
	case !ok && len(s.Entries) > 0:
		return nil, errNoSnapshot
	}
	for _, p := range s.Problems {
		if p.Fatal && s.needs(p.File, base.Zxid) {
			return nil, p
		}
	}
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
			log.Zxids = append(log.Zxids, e.Zxid)
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
