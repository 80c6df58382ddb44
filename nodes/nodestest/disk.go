package nodestest

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// file is one file of a server's disk.
type file struct {
	// versions are what the file was, from what is durable to what the server
	// would read now. None is ever changed in place.
	versions [][]nodes.Record
	syncs    []fsync // not done yet, oldest first
}

// fsync is a write that a server waits for.
type fsync struct {
	ticket  nodes.Ticket
	version int          // which will be durable ...
	with    nodes.Record // ... unless the file is to be replaced by this
}

func (f *file) now() []nodes.Record { return f.versions[len(f.versions)-1] }

func (f *file) write(records []nodes.Record) { f.versions = append(f.versions, slices.Clip(records)) }

func (f *file) done() nodes.Ticket {
	s := f.syncs[0]
	f.syncs = slices.Delete(slices.Clone(f.syncs), 0, 1)
	if s.with != nil {
		s.version = len(f.versions)
		f.write([]nodes.Record{s.with})
	}
	f.versions = f.versions[s.version:]
	for i := range f.syncs {
		f.syncs[i].version = max(0, f.syncs[i].version-s.version)
	}
	return s.ticket
}

// powerLoss leaves what choose picks out of: what is durable, each version
// after that, each replacement that was asked for.
func (f *file) powerLoss(choose func(n int) int) {
	versions := f.versions
	for _, s := range f.syncs {
		if s.with != nil {
			versions = append(slices.Clip(versions), []nodes.Record{s.with})
		}
	}
	f.versions = [][]nodes.Record{versions[choose(len(versions))]}
}

func (f *file) clone() file { return file{slices.Clone(f.versions), slices.Clone(f.syncs)} }

// image returns what a server finds when it boots: a copy, for the suite takes
// it back.
func image(files []file) nodes.Disk {
	var d nodes.Disk
	for i := range files {
		d.Files = append(d.Files, slices.Clone(files[i].now()))
	}
	return d
}
