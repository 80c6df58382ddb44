package zkdata

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
)

// Server is what was found in the data directory of one server.
type Server struct {
	ID nodes.ID // from the file myid, 0 if there is none
	// AcceptedEpoch and CurrentEpoch are nil if there is no such file, or it
	// cannot be read.
	AcceptedEpoch, CurrentEpoch *uint64
	Logs                        []LogFile      // oldest first
	Snapshots                   []SnapshotFile // oldest first
	Entries                     []Entry        // of all logs, in the order of the files
	// Config is the membership as the newest readable snapshot has it, in the
	// node /zookeeper/config.
	Config   string
	Problems []*Problem
	data     fs.FS
	logs     fs.FS
}

// LogFile is a log file that was read.
type LogFile struct {
	Name string
	Zxid zab.Zxid // in its name: that of its first record
	Size int64    // with the space allocated in advance
	// From and To delimit its records among the server's Entries: From <= i < To.
	From, To int
}

// SnapshotFile is a snapshot that was read.
type SnapshotFile struct {
	Name string
	Zxid zab.Zxid
	Size int64
	Summary
	// Bad says that ZooKeeper would pass over it; Torn that it does so because it
	// was not finished.
	Bad, Torn bool
}

// Entry is what is remembered of a record.
type Entry struct {
	Zxid    zab.Zxid
	Content nodes.Digest
	Type    Type
	Log     int // index in the server's Logs
	Offset  int64
}

// ErrNoServer says that a directory has nothing of ZooKeeper in it.
var ErrNoServer = errors.New("no log, snapshot or epoch file of ZooKeeper in it, nor in its directory version-2")

// versionDir is where ZooKeeper keeps everything but myid.
const versionDir = "version-2"

// ReadServer reads a data directory; logs is the directory of the log files if
// they are kept elsewhere (dataLogDir), else nil. Files that cannot be read
// become Problems. The error is [ErrNoServer], or says that the directory itself
// cannot be read.
func ReadServer(data, logs fs.FS) (*Server, error) {
	s := new(Server)
	s.readID(data)
	data, err := versionOf(data)
	if err != nil {
		return nil, err
	}
	if logs == nil {
		logs = data
	} else if logs, err = versionOf(logs); err != nil {
		return nil, err
	}
	s.AcceptedEpoch = s.readEpoch(data, "acceptedEpoch")
	s.CurrentEpoch = s.readEpoch(data, "currentEpoch")
	s.data = data
	if err := s.readSnapshots(data); err != nil {
		return nil, err
	}
	if err := s.readLogs(logs); err != nil {
		return nil, err
	}
	if len(s.Snapshots)+len(s.Logs)+len(s.Problems) == 0 && s.AcceptedEpoch == nil && s.CurrentEpoch == nil {
		return nil, ErrNoServer
	}
	return s, nil
}

// versionOf returns the directory version-2 if there is one; whoever names that
// one, or a copy of it, means it.
func versionOf(dir fs.FS) (fs.FS, error) {
	if info, err := fs.Stat(dir, versionDir); err == nil && info.IsDir() {
		return fs.Sub(dir, versionDir)
	}
	return dir, nil
}

// longestNumber is the most that is read of a file with a number in it.
const longestNumber = 32

// readNumber reads a file that consists of a decimal number.
func readNumber(dir fs.FS, name string) (uint64, error) {
	f, err := dir.Open(name)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, longestNumber+1))
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 63)
	if err != nil {
		return 0, &Problem{File: name, Fatal: true, What: fmt.Sprintf("%q is no number", text)}
	}
	return n, nil
}

func (s *Server) readID(dir fs.FS) {
	n, err := readNumber(dir, "myid")
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		s.complain("myid", err)
	case n == 0 || n > nodes.MaxServers:
		s.complain("myid", &Problem{File: "myid", Fatal: true, What: fmt.Sprintf("server %d; ids from 1 to %d can be handled", n, nodes.MaxServers)})
	default:
		s.ID = nodes.ID(n)
	}
}

// readEpoch reads acceptedEpoch or currentEpoch. One that was being written is
// left behind with the suffix .tmp (R-DUR-4).
func (s *Server) readEpoch(dir fs.FS, name string) *uint64 {
	if n, err := readNumber(dir, name+".tmp"); err == nil {
		s.complain(name, &Problem{File: name + ".tmp", What: fmt.Sprintf("a write of epoch %d was interrupted", n)})
	}
	n, err := readNumber(dir, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && n >= 1<<31: // R-ZXID-7
		err = &Problem{File: name, Fatal: true, What: fmt.Sprintf("%d is no epoch", n)}
	}
	if err != nil {
		s.complain(name, err)
		return nil
	}
	return &n
}

// complain notes what is wrong with a file.
func (s *Server) complain(name string, err error) {
	var p *Problem
	if !errors.As(err, &p) {
		p = &Problem{File: name, Fatal: true, What: err.Error()}
	}
	s.Problems = append(s.Problems, p)
}

// found is a file with a zxid in its name.
type found struct {
	name string
	zxid zab.Zxid
	size int64
}

// list returns the files PREFIX.ZXID of a directory, by zxid. ZooKeeper ignores
// what comes after a second dot, except that it may say how a snapshot is
// compressed.
func (s *Server) list(dir fs.FS, prefix string) ([]found, error) {
	all, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, err
	}
	var files []found
	for _, e := range all {
		parts := strings.Split(e.Name(), ".")
		if parts[0] != prefix || len(parts) < 2 || e.IsDir() {
			continue
		}
		z, err := strconv.ParseUint(parts[1], 16, 63)
		if err != nil {
			s.complain(e.Name(), &Problem{File: e.Name(), What: "the name has no zxid in it: ZooKeeper does not see this file"})
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		files = append(files, found{e.Name(), zab.Zxid(z), info.Size()})
	}
	slices.SortStableFunc(files, func(a, b found) int { return cmp.Compare(a.zxid, b.zxid) })
	return files, nil
}

func (s *Server) readSnapshots(dir fs.FS) error {
	files, err := s.list(dir, "snapshot")
	if err != nil {
		return err
	}
	for _, f := range files {
		config := ""
		summary, err := ReadSnapshot(dir, f.name, func(z Znode) {
			if z.Path == "/zookeeper/config" {
				config = string(z.Data)
			}
		})
		file := SnapshotFile{Name: f.name, Zxid: f.zxid, Size: f.size, Summary: summary}
		if err != nil {
			s.complain(f.name, err)
			var p *Problem
			file.Bad, file.Torn = true, errors.As(err, &p) && p.Torn
		} else if config != "" {
			s.Config = config
		}
		s.Snapshots = append(s.Snapshots, file)
	}
	return nil
}

func (s *Server) readLogs(dir fs.FS) error {
	files, err := s.list(dir, "log")
	if err != nil {
		return err
	}
	s.logs = dir
	for i, f := range files {
		l := LogFile{Name: f.name, Zxid: f.zxid, Size: f.size, From: len(s.Entries)}
		for r, err := range Log(dir, f.name) {
			if err != nil {
				s.complain(f.name, err)
				break
			}
			s.Entries = append(s.Entries, Entry{r.Zxid, r.Content, r.Type, i, r.Offset})
		}
		l.To = len(s.Entries)
		s.Logs = append(s.Logs, l)
	}
	return nil
}

// Records reads a log file again, this time with all that is in it.
func (s *Server) Records(log int) iter.Seq2[Record, error] { return Log(s.logs, s.Logs[log].Name) }

// Tree reads a snapshot again, this time with all that is in it.
func (s *Server) Tree(f *SnapshotFile) ([]Znode, error) {
	var tree []Znode
	_, err := ReadSnapshot(s.data, f.Name, func(z Znode) { tree = append(tree, z) })
	return tree, err
}

// Base returns the snapshot that recovery begins with: the newest that is any
// good (R-DUR-11). It reports false if there is none.
func (s *Server) Base() (SnapshotFile, bool) {
	for _, f := range slices.Backward(s.Snapshots) {
		if !f.Bad {
			return f, true
		}
	}
	return SnapshotFile{}, false
}

// Voters returns the participants that the server's configuration names, or
// none if it has no configuration (before ZooKeeper 3.5).
func (s *Server) Voters() nodes.Set {
	var voters nodes.Set
	for line := range strings.Lines(s.Config) {
		member, rest, ok := strings.Cut(strings.TrimSpace(line), "=")
		number, server := strings.CutPrefix(member, "server.")
		id, err := strconv.ParseUint(number, 10, 8)
		if !ok || !server || err != nil || id == 0 || id > nodes.MaxServers || strings.Contains(rest, ":observer") {
			continue
		}
		voters = voters.With(nodes.ID(id))
	}
	return voters
}
