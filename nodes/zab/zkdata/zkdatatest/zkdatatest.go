// Package zkdatatest holds the data directories that a real ZooKeeper ensemble
// left behind, for the tests of what reads such directories.
package zkdatatest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing/fstest"
)

//go:embed testdata/ensemble-3.8.0.tar.gz
var archive []byte

// Files returns the directories of five servers: crashed/server1 and so on as they
// were when all were killed, final/server1 and so on after they had been started
// again. testdata/README.md says what is in them. They are unpacked anew each time.
func Files() fstest.MapFS {
	files, err := unpack(archive)
	if err != nil {
		panic(fmt.Sprintf("zkdatatest: %v", err)) // it is part of the program
	}
	return files
}

func unpack(archive []byte) (fstest.MapFS, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	files := fstest.MapFS{}
	for r := tar.NewReader(unzipped); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		name := strings.TrimPrefix(strings.TrimPrefix(h.Name, "./"), "h1-kills-partitions-")
		files[name] = &fstest.MapFile{Data: data}
	}
}
