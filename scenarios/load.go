package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unicode"

	"github.com/zabsim/zabsim/sim"
)

// Load reads a scenario: a file if name has a slash or ends in .yaml or .yml,
// otherwise a scenario of the library. Files are read from fsys, or from the
// operating system if fsys is nil. The error is of type [Problems] if the file
// could be read but is no good.
func Load(name string, fsys fs.FS) (*Scenario, error) {
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

func isPath(name string) bool {
	return strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// Parse reads a scenario from the text of a file; file is its name in error
// messages. The error is of type [Problems].
func Parse(file string, source []byte) (*Scenario, error) {
	return parse(file, source, builtin())
}

func parse(file string, source []byte, words vocabulary) (*Scenario, error) {
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(string(source), "\ufeff"))
	r := newReporter(file, text)
	root := parseTree(r, text)
	if root == nil {
		return nil, r.err()
	}

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
		if c.aboutWords() && !r.within(c.at) {
			c.report(r)
		}
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	s.fill()
	return s, nil
}

// fill sets the defaults that depend on other settings.
func (s *Scenario) fill() {
	if s.Limits.Events == 0 {
		s.Limits.Events = sim.DefaultMaxEvents
	}
	if s.App.Bank == nil && s.App.KV == nil && s.App.Znode == nil {
		s.App.KV = &KV{}
	}
	for i := range s.Clients {
		if load := s.Clients[i].Load; load != nil {
			load.fill(s)
		}
	}
}

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
