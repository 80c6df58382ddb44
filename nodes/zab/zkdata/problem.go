package zkdata

import "fmt"

// Problem is something wrong with a file.
type Problem struct {
	File   string // its name in the directory, such as "log.100000001"
	Offset int64  // the byte it is about, from 0
	// Fatal says that ZooKeeper would not start with this file, or not use it.
	// Otherwise it takes the file as ending here and says nothing.
	Fatal bool
	What  string
}

// Error implements error: "log.100000001, byte 4711: the checksum is wrong".
func (p *Problem) Error() string { return fmt.Sprintf("%s, byte %d: %s", p.File, p.Offset, p.What) }
