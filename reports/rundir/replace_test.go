package rundir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// files returns the names below dir with their contents, "a=1 b/c=2".
func files(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		switch {
		case e.Type()&os.ModeSymlink != 0:
			to, err := os.Readlink(name)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, e.Name()+">"+to)
		case e.IsDir():
			found = append(found, e.Name()+"/("+files(t, name)+")")
		default:
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, e.Name()+"="+string(text))
		}
	}
	return strings.Join(found, " ")
}

func fillWith(names ...string) func(string) error {
	return func(tmp string) error {
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(tmp, name), []byte(name[:1]), 0o666); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestReplace(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	dir := filepath.Join(out, "a-1")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(Replace(dir, fillWith(RecordFile, "violation.png")))
	must(Replace(dir, fillWith(RecordFile, "trace.jsonl")))
	if got, want := files(t, out), "a-1/(run.json=r trace.jsonl=t)"; got != want {
		t.Fatalf("the second run left %s, want %s", got, want)
	}

	err := Replace(dir, func(tmp string) error {
		must(fillWith(RecordFile)(tmp))
		return errors.New("disk full")
	})
	if err == nil || !strings.HasSuffix(err.Error(), "disk full") {
		t.Errorf("a failed run reports %v", err)
	}
	if got, want := files(t, out), "a-1/(run.json=r trace.jsonl=t)"; got != want {
		t.Errorf("a failed run left %s, want %s", got, want)
	}

	must(PointLast(dir))
	must(Replace(filepath.Join(out, "b-2"), fillWith(RecordFile)))
	must(PointLast(filepath.Join(out, "b-2")))
	if got, want := files(t, out), "a-1/(run.json=r trace.jsonl=t) b-2/(run.json=r) last>b-2"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
}

func TestReplaceSparesWhatIsNoRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "thesis")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := fillWith("chapter-1")(dir); err != nil {
		t.Fatal(err)
	}
	if err := Replace(dir, fillWith(RecordFile)); err == nil || !strings.Contains(err.Error(), "not a run directory") {
		t.Errorf("replacing a thesis reports %v", err)
	}
	if got := files(t, dir); got != "chapter-1=c" {
		t.Errorf("the thesis is now %s", got)
	}
}
