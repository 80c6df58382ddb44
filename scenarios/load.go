package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// Load reads a scenario: a file if name begins like a path or ends in .yaml or
// .yml, otherwise a scenario of the library. After a slash there may be the
// name of a variant: "three-data-centres/site-lost", "./mine.yaml/slow". Files
// are read from fsys, or from the operating system if fsys is nil. The error is
// of type [Problems] if the file could be read but is no good.
func Load(name string, fsys fs.FS) (*Scenario, error) {
	name, variant := cutVariant(name)
	s, err := load(name, fsys)
	if err != nil {
		return nil, err
	}
	return s.variant(variant)
}

func load(name string, fsys fs.FS) (*Scenario, error) {
	if !isPath(name) {
		return loadLibrary(name)
	}
	read := os.ReadFile
	if fsys != nil {
		read = func(name string) ([]byte, error) { return fs.ReadFile(fsys, name) }
	}
	source, err := read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %s", name)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a scenario: %w", err)
	}
	return Parse(name, source)
}

// extensions are what the names of files end in.
var extensions = []string{".yaml", ".yml"}

func isPath(name string) bool {
	begins := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	return slices.ContainsFunc([]string{"/", "./", "../"}, begins) || strings.Contains(name, `\`) ||
		slices.Contains(extensions, path.Ext(name))
}

// cutVariant splits what comes after the slash from the name of a scenario.
func cutVariant(name string) (scenario, variant string) {
	for _, extension := range extensions {
		if file, variant, ok := strings.Cut(name, extension+variantSeparator); ok {
			return file + extension, variant
		}
	}
	if isPath(name) {
		return name, ""
	}
	scenario, variant, _ = strings.Cut(name, variantSeparator)
	return scenario, variant
}

// Parse reads a scenario from the text of a file; file is its name in error
// messages. It may ask for more protocols than those of nodes/all. The error is
// of type [Problems].
func Parse(file string, source []byte, more ...nodes.Protocol) (*Scenario, error) {
	return parse(file, source, builtin(more...))
}

func parse(file string, source []byte, words vocabulary) (*Scenario, error) {
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(string(source), "\ufeff"))
	r := newReporter(file, text)
	root := parseTree(r, text)
	if root == nil {
		return nil, r.err()
	}

	s := read(r, root.without("variants"), words)
	s.variants(r, root, words)
	s.settings(r, root, words)
	if err := r.err(); err != nil {
		return nil, err
	}
	return s, nil
}

// read reads a scenario from its tree.
func read(r *reporter, root *node, words vocabulary) *Scenario {
	// From the most specific pass to the most general: a place has one
	// problem, and the first to report it has the most to say.
	s := &Scenario{}
	d := &decoder{r}
	d.decode(root, s)
	complaints := validate(root)
	for _, c := range complaints {
		if !c.aboutWords() {
			c.report(r)
		}
	}
	inspect(d, root, s, words)
	for _, c := range complaints {
		if c.aboutWords() && !c.isKnown(words) && !r.within(c.at) {
			c.report(r)
		}
	}
	if r.err() == nil {
		s.fill()
	}
	return s
}

// fill sets the defaults that depend on other settings.
func (s *Scenario) fill() {
	if s.Limits.Events == 0 {
		s.Limits.Events = sim.DefaultMaxEvents
	}
	if s.App.Bank == nil && s.App.KV == nil && s.App.Znode == nil {
		s.App.KV = &KV{}
	}
	if s.Observers != nil { // a site stands for its servers
		s.Observers = strings.Fields(strings.Trim(s.selector(s.Observers).Set.String(), "{}"))
	}
	s.Clients = disperse(s.Clients)
	for i := range s.Clients {
		if load := s.Clients[i].Load; load != nil {
			load.fill(s)
		}
		if c := &s.Clients[i]; s.App.Znode != nil && c.Recipe == nil && c.Session == 0 {
			c.Session = usualSession
		}
	}
}

// usualSession is the timeout of a session that a scenario leaves open.
const usualSession = 4 * time.Second

func (l *Traffic) fill(s *Scenario) {
	if l.Operations == 0 && l.Until == 0 {
		l.Until = s.Duration
	}
	if l.Rate > 0 {
		l.Think = Range{} // it takes the place of the pause, also of the default one
	}
	bank := s.App.Bank != nil
	switch noMix := l.Mix == (Mix{}); {
	case noMix && bank:
		l.Mix = Mix{Transfer: 60, Read: 30, Audit: 10}
	case noMix && s.App.Znode != nil:
		l.Mix = Mix{Create: 20, Set: 30, Delete: 10, Get: 25, Exists: 5, Children: 5, Multi: 5}
	case noMix:
		l.Mix = Mix{Get: 40, Put: 50, CAS: 5, Delete: 5}
	}
	if !bank {
		if l.Keys == 0 {
			l.Keys = 5
		}
		return
	}
	if l.Amount == 0 {
		l.Amount = 10
	}
	if l.Accounts == nil {
		for _, account := range s.App.Bank {
			l.Accounts = append(l.Accounts, account.Name)
		}
	}
}

// isName reports whether s can name a scenario, a site, a client or an
// account: names end up in paths, tables and schedules.
func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("-_.", c)
	}) && strings.Trim(s, "-.") == s
}
