package campaign

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim/trace"
)

// Entry is a case that was the first to reach some states.
type Entry struct {
	Run  uint64    `json:"run"` // its number in the campaign that found it
	Case Case      `json:"case"`
	New  []Reached `json:"new"`

	kept bool // it was there before the campaign began
}

// corpus is a directory of entries, one file each, beside corpus.json, which says
// what they are cases of. Files are named by what is in them, so that merging two
// directories is copying files.
type corpus struct {
	dir     string
	about   about
	entries []Entry // in the order of their names
}

// about is what cases depend on besides themselves. Defects are not part of it:
// what is new in a sound protocol is a good place to begin in a broken one.
type about struct {
	Version   int      `json:"corpus"`
	Protocol  string   `json:"protocol,omitempty"`
	AsWritten bool     `json:"as_written,omitempty"`
	Scenarios []string `json:"scenarios"` // their texts
}

const aboutName = "corpus.json"

// openCorpus opens the corpus of a campaign, and makes it if it is not there.
func openCorpus(cfg *Config) (*corpus, error) {
	h, err := cfg.header()
	if err != nil {
		return nil, err
	}
	mine := about{version, cfg.Protocol, cfg.AsWritten, h.Scenarios}
	c, err := readCorpus(cfg.Corpus)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c = &corpus{dir: cfg.Corpus, about: mine}
		if err := os.MkdirAll(c.dir, 0o777); err != nil {
			return nil, err
		}
		return c, c.write(aboutName, mine)
	case err != nil:
		return nil, err
	case !bytes.Equal(asJSON(c.about), asJSON(mine)):
		return nil, fmt.Errorf("%s is a corpus of other scenarios; choose another directory", cfg.Corpus)
	}
	return c, nil
}

// readCorpus reads a directory. The error is fs.ErrNotExist if it is no corpus.
func readCorpus(dir string) (*corpus, error) {
	c := &corpus{dir: dir}
	if err := c.read(aboutName, &c.about); err != nil {
		return nil, err
	}
	if c.about.Version != version {
		return nil, fmt.Errorf("%s is of version %d, and this zabsim reads version %d", dir, c.about.Version, version)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.case"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	for _, file := range files {
		e := Entry{kept: true}
		if err := c.read(filepath.Base(file), &e); err != nil {
			return nil, err
		}
		if e.Case.Scenario >= len(c.about.Scenarios) || len(e.New) == 0 {
			return nil, fmt.Errorf("%s is no case of this corpus", file)
		}
		c.entries = append(c.entries, e)
	}
	return c, nil
}

func (c *corpus) read(name string, v any) error {
	text, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(c.dir, name), err)
	}
	return nil
}

// write writes a file as a whole or not at all.
func (c *corpus) write(name string, v any) error {
	tmp := filepath.Join(c.dir, "."+name)
	if err := os.WriteFile(tmp, append(asJSON(v), '\n'), 0o666); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(c.dir, name))
}

// name returns the file of an entry.
func (e *Entry) name() string {
	return fmt.Sprintf("%016x.case", uint64(nodes.Digest(0).Bytes(asJSON(e.Case))))
}

// add adds entries.
func (c *corpus) add(entries []Entry) error {
	for i := range entries {
		if err := c.write(entries[i].name(), entries[i]); err != nil {
			return err
		}
	}
	return nil
}

// Merge adds to a corpus those cases of others that reach something it does not
// reach. It returns how many.
func Merge(dir string, others ...string) (added int, err error) {
	into, err := readCorpus(dir)
	if err != nil {
		return 0, noCorpus(dir, err)
	}
	known := map[State]bool{}
	for _, e := range into.entries {
		e.unknown(known)
	}
	for _, other := range others {
		from, err := readCorpus(other)
		if err != nil {
			return added, noCorpus(other, err)
		}
		if !bytes.Equal(asJSON(from.about), asJSON(into.about)) {
			return added, fmt.Errorf("%s is a corpus of other scenarios than %s", other, dir)
		}
		for _, e := range from.entries {
			if e.New = e.unknown(known); len(e.New) == 0 {
				continue
			}
			if err := into.add([]Entry{e}); err != nil {
				return added, err
			}
			added++
		}
	}
	return added, nil
}

func noCorpus(dir string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is no corpus: it has no %s", dir, aboutName)
	}
	return err
}

// unknown returns what an entry reaches that is not known, which then is.
func (e *Entry) unknown(known map[State]bool) []Reached {
	return slices.DeleteFunc(slices.Clone(e.New), func(r Reached) bool {
		was := known[r.State]
		known[r.State] = true
		return was
	})
}

// Minimise runs all cases of a corpus again, without defects, and removes those
// whose states others reach as well: it takes the case that reaches most, then
// the one that reaches most of the rest, and so on, which is not the least there
// could be but at most a logarithm away from it. It returns how many cases there
// were and how many are left.
func Minimise(dir string) (before, after int, err error) {
	c, err := readCorpus(dir)
	if err != nil {
		return 0, 0, noCorpus(dir, err)
	}
	if err := c.reach(); err != nil {
		return 0, 0, err
	}
	before = len(c.entries)
	known := map[State]bool{}
	for rest := slices.Clone(c.entries); len(rest) > 0; {
		for i := range rest {
			rest[i].New = slices.DeleteFunc(rest[i].New, func(r Reached) bool { return known[r.State] })
		}
		best := slices.MaxFunc(rest, func(a, b Entry) int { return cmp.Compare(len(a.New), len(b.New)) })
		if len(best.New) == 0 {
			return before, after, c.remove(rest)
		}
		if err := c.add([]Entry{best}); err != nil {
			return before, after, err
		}
		after++
		best.unknown(known)
		rest = slices.DeleteFunc(rest, func(e Entry) bool { return e.name() == best.name() })
	}
	return before, after, nil
}

// reach runs all cases and notes everything that they reach.
func (c *corpus) reach() error {
	cfg := Config{AsWritten: c.about.AsWritten, Protocol: c.about.Protocol}
	for i, text := range c.about.Scenarios {
		s, err := scenarios.Parse(fmt.Sprintf("%s: scenario %d", c.dir, i+1), []byte(text))
		if err != nil {
			return err
		}
		cfg.Scenarios = append(cfg.Scenarios, s)
	}
	for i := range c.entries {
		e := &c.entries[i]
		s := cfg.Scenario(&e.Case)
		opts := scenarios.RunOptions{Protocol: cfg.Protocol, Seed: e.Case.Seed}
		_, header, err := s.Configure(opts)
		if err != nil {
			return err
		}
		states := newExplorer(header, func(State) bool { return false })
		opts.Observers = []trace.Observer{states}
		if _, err := s.Run(opts); err != nil {
			return err
		}
		e.New = states.new
	}
	return nil
}

func (c *corpus) remove(entries []Entry) error {
	for i := range entries {
		if err := os.Remove(filepath.Join(c.dir, entries[i].name())); err != nil {
			return err
		}
	}
	return nil
}

// Describe returns a corpus in a line: "12 runs, 431 states, of swarm, recipes".
func Describe(dir string) (string, error) {
	c, err := readCorpus(dir)
	if err != nil {
		return "", noCorpus(dir, err)
	}
	known := map[State]bool{}
	for _, e := range c.entries {
		e.unknown(known)
	}
	var names []string
	for _, text := range c.about.Scenarios {
		s, err := scenarios.Parse(dir, []byte(text))
		if err != nil {
			return "", err
		}
		names = append(names, s.Name)
	}
	return fmt.Sprintf("%d runs, %d states, of %s", len(c.entries), len(known), strings.Join(names, ", ")), nil
}
