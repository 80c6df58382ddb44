package rundir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Replace makes a directory with the files that fill writes. It appears
// complete or not at all: the files go to a temporary sibling, which then
// takes the place of the directory of an earlier run.
func Replace(dir string, fill func(tmp string) error) error {
	if err := mayReplace(dir); err != nil {
		return err
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return fmt.Errorf("cannot write to %s: %w", parent, err)
	}
	tmp, err := os.MkdirTemp(parent, ".writing-"+filepath.Base(dir)+"-")
	if err != nil {
		return fmt.Errorf("cannot write to %s: %w", parent, err)
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil { // MkdirTemp is for secrets
		return err
	}
	if err := fill(tmp); err != nil {
		return fmt.Errorf("cannot write %s: %w", dir, err)
	}
	// A directory that is not empty cannot be renamed over: it steps aside.
	old := tmp + ".old"
	if err := os.Rename(dir, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(tmp, dir); err != nil {
		return errors.Join(err, os.Rename(old, dir))
	}
	return os.RemoveAll(old)
}

// mayReplace makes sure that what is there is a run directory and nothing that
// somebody would miss.
func mayReplace(dir string) error {
	if _, err := os.Lstat(dir); err != nil {
		return nil // nothing is there, or making it will say what is wrong
	}
	for _, name := range []string{RecordFile, SweepFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s is in the way: it is not a run directory", dir)
}

// PointLast makes the link "last" beside a run directory point to it.
func PointLast(dir string) error {
	parent, name := filepath.Split(filepath.Clean(dir))
	tmp := filepath.Join(parent, ".last-"+name)
	os.Remove(tmp) // left by a run that was killed
	if err := os.Symlink(name, tmp); err != nil {
		if runtime.GOOS == "windows" {
			return nil // links are a privilege there, and this one a convenience
		}
		return err
	}
	if err := os.Rename(tmp, filepath.Join(parent, "last")); err != nil {
		os.Remove(tmp)
		return err
	}
	return nil
}
