package zab

import "github.com/zabsim/zabsim/nodes"

// Remains is what a real server left on its disk.
type Remains struct {
	ID nodes.ID
	// AcceptedEpoch and CurrentEpoch are nil if there is no such file.
	AcceptedEpoch, CurrentEpoch *uint64
	Snapshot                    Zxid  // of the newest image
	SnapshotSize                int64 // of its file, in bytes
	// State is what the state machine would write of the image, and History what
	// led to it. Without a State there is no image.
	State   []byte
	History nodes.History
	// Log holds the log files, oldest first.
	Log []RemainsOfLog
}

// RemainsOfLog is a log file: its size on disk, preallocated space included,
// and its records in order. Of these only Zxid and Body count, and Body only
// for [Remains.Disk].
type RemainsOfLog struct {
	Size int64
	Txns []Txn
}

// Disk returns a disk from which a server boots as the real one would.
func (r *Remains) Disk() nodes.Disk {
	d := nodes.Disk{Files: make([][]nodes.Record, len(Protocol.Files))}
	if r.AcceptedEpoch != nil {
		d.Files[acceptedEpochFile] = []nodes.Record{Epoch(*r.AcceptedEpoch)}
	}
	if r.CurrentEpoch != nil {
		d.Files[currentEpochFile] = []nodes.Record{Epoch(*r.CurrentEpoch)}
	}
	if r.State != nil {
		d.Files[snapshotFile] = []nodes.Record{r.image()}
	}
	for _, t := range r.log() {
		d.Files[logFile] = append(d.Files[logFile], t)
	}
	return d
}

// image returns the newest image, as large as its file was.
func (r *Remains) image() *Snapshot {
	s := &Snapshot{Zxid: r.Snapshot, History: r.History, State: r.State}
	s.Fill = max(0, int(r.SnapshotSize)-s.size())
	return s
}

// log builds the log from its files. A record that comes again, or late, is
// passed over, as everybody who reads the log passes over it; so is one with a
// zxid that no transaction can have.
func (r *Remains) log() []*Txn {
	var log []*Txn
	for _, l := range r.Log {
		used := 0
		for _, t := range l.Txns {
			if k := len(log); t.Zxid.Marker() || k > 0 && t.Zxid <= log[k-1].Zxid {
				continue
			}
			log = append(log, &Txn{Zxid: t.Zxid, Body: t.Body, Digest: nodes.Digest(0).Bytes(t.Body)})
			used += log[len(log)-1].size()
		}
		if used > 0 && l.Size > 0 {
			log[len(log)-1].Fill = max(1, int(l.Size)-used)
		}
	}
	return log
}
