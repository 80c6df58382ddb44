package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zabsim/zabsim/nodes/zab/zkdata"
)

// TestInspect runs scripts in a directory with the data directories of a real
// ensemble: crashed/server1 to final/server5.
func TestInspect(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/inspect",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			return unpack("../../nodes/zab/zkdata/testdata/ensemble-3.8.0.tar.gz", e.WorkDir)
		},
	})
}

// TestDumpedChanges: data that is no text is dumped all the same, and so are the
// parts of a multi.
func TestDumpedChanges(t *testing.T) {
	multi := zkdata.Change{Type: zkdata.Multi, Parts: []zkdata.Change{
		{Type: zkdata.Check, Path: "/a", Version: 3},
		{Type: zkdata.SetData, Path: "/a", Data: []byte{0xff, 0}, Version: 4},
		{Type: zkdata.CreateTTL, Path: "/b", Data: []byte("<x>"), TTL: time.Minute},
		{Type: zkdata.Error, Code: -101},
	}}
	var b strings.Builder
	if err := newLines(&b).Encode(newChangeRow(&multi)); err != nil {
		t.Fatal(err)
	}
	want := `{"op":"multi","parts":[{"op":"check","path":"/a","version":3},` +
		`{"op":"setData","path":"/a","base64":"/wA=","version":4},` +
		`{"op":"createTTL","path":"/b","data":"<x>","ttl":"1m0s"},{"op":"error","error":"NONODE"}]}` + "\n"
	if b.String() != want {
		t.Errorf("%s, want %s", b.String(), want)
	}
}

// unpack unpacks an archive of data directories.
func unpack(archive, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for r := tar.NewReader(unzipped); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		name := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir || filepath.Base(name) == "decoded.json" {
			continue
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(name, data, 0o666); err != nil {
			return err
		}
	}
	return errors.Join(
		os.Rename(filepath.Join(dir, "h1-kills-partitions-crashed"), filepath.Join(dir, "crashed")),
		os.Rename(filepath.Join(dir, "h1-kills-partitions-final"), filepath.Join(dir, "final")),
	)
}
