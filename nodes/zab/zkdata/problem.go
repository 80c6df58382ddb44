package zkdata

import "fmt"

// Problem is something wrong with a file.
type Problem struct {
	File   string // its name in the directory, such as "log.100000001"
	Offset int64  // the byte it is about, from 0
	// Fatal says that ZooKeeper would not start with this file, or not use it.
	// Otherwise it takes the file as ending here and says nothing.
	Fatal bool
	// Torn says that a snapshot was not finished: ZooKeeper takes it as not there.
	Torn bool
	// Unpacked says that Offset counts the bytes that the file unpacks to.
	Unpacked bool
	What     string
	foreign  bool // it is not such a file at all
}

// Error implements error: "log.100000001, byte 4711: the checksum is wrong".
func (p *Problem) Error() string {
	unpacked := ""
	if p.Unpacked {
		unpacked = " unpacked"
	}
	return fmt.Sprintf("%s, byte %d%s: %s", p.File, p.Offset, unpacked, p.What)
}
