package simtest_test

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/sim/simtest"
)

// TestMain keeps rapid from writing down the failures that these tests are about:
// it would begin with them the next time.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("rapid.nofailfile", "true"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// pretended is a test that may fail without failing the one it runs in. It says
// what a test would print, without the parts of paths that differ from machine
// to machine.
type pretended struct {
	simtest.TB // nil: the rest is not used
	name       string
	text       strings.Builder
	failed     bool
	attrs      map[string]string
}

// ended is what a pretended test that ended panics with.
type ended struct{}

// pretend runs a test and returns what became of it.
func pretend(name string, test func(t *pretended)) *pretended {
	out, err := os.MkdirTemp("", "simtest")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(out)
	before := os.Getenv("ZABSIM_OUT")
	setOut(out)
	defer setOut(before)
	p := &pretended{name: name, attrs: map[string]string{}}
	func() {
		defer func() {
			if r := recover(); r != nil && r != (ended{}) {
				panic(r)
			}
		}()
		test(p)
	}()
	said := strings.ReplaceAll(p.text.String(), out, "OUT")
	p.text.Reset()
	p.text.WriteString(said)
	return p
}

// setOut says where runs are recorded. Examples use it, which have no t.Setenv.
func setOut(dir string) {
	if err := os.Setenv("ZABSIM_OUT", dir); err != nil {
		panic(err)
	}
}

func (p *pretended) Helper()                   {}
func (p *pretended) Name() string              { return p.name }
func (p *pretended) Logf(f string, a ...any)   { fmt.Fprintf(&p.text, f+"\n", a...) }
func (p *pretended) Errorf(f string, a ...any) { p.Logf(f, a...); p.failed = true }
func (p *pretended) Fatalf(f string, a ...any) { p.Errorf(f, a...); panic(ended{}) }
func (p *pretended) FailNow()                  { p.failed = true; panic(ended{}) }
func (p *pretended) Failed() bool              { return p.failed }
func (p *pretended) Output() io.Writer         { return &p.text }
func (p *pretended) Attr(key, value string)    { p.attrs[key] = value }

// says demands that the test failed, or passed, and said something.
func (p *pretended) says(t *testing.T, failed bool, patterns ...string) {
	t.Helper()
	text := p.text.String()
	if p.failed != failed {
		t.Errorf("failed is %v, want %v:\n%s", p.failed, failed, text)
	}
	for _, pattern := range patterns {
		if !regexp.MustCompile(pattern).MatchString(text) {
			t.Errorf("%q is not in\n%s", pattern, text)
		}
	}
}

// goTest runs a test of an example and prints ok, or the last line of what the
// test said.
func goTest(name string, test func(t simtest.TB)) {
	p := pretend(name, func(p *pretended) { test(p) })
	if !p.failed {
		fmt.Println("ok")
		return
	}
	lines := strings.Split(strings.TrimSpace(p.text.String()), "\n")
	fmt.Println(lines[len(lines)-1])
}

// goTestRapid does the same with a test under rapid, and the same whenever it
// runs: rapid begins with a seed of its own otherwise.
func goTestRapid(name string, test func(t simtest.TB)) {
	for flagName, value := range map[string]string{"rapid.seed": "1", "rapid.checks": "5000"} {
		defer setFlag(flagName, setFlag(flagName, value))
	}
	goTest(name, test)
}

// setFlag returns the value that the flag had before.
func setFlag(name, value string) (before string) {
	before = flag.Lookup(name).Value.String()
	if err := flag.Set(name, value); err != nil {
		panic(err)
	}
	return before
}
