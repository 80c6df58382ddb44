package campaign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/zabsim/zabsim/scenarios"
)

// campaign is the state of a campaign: the fold of its rounds, and where they are
// logged.
type campaign struct {
	cfg     Config
	journal *journal // nil: nowhere
	summary Summary
	states  map[State]bool
	entries []Entry // in the order of their runs
	corpus  *corpus // nil: none
	recent  []Effort
}

// recentRounds is how many rounds Summary.Recent is about.
const recentRounds = 32

// fold takes in what a round found.
func (c *campaign) fold(r *round) {
	s := &c.summary
	s.add(&r.Tally)
	for _, f := range r.Findings {
		s.group(f)
	}
	if s.Unjudged == nil {
		s.Unjudged = r.Unjudged
	}
	for _, e := range r.Entries {
		c.learn(e)
	}
	c.recent = append(c.recent, Effort{Runs: r.Tally.Runs, Novel: r.Tally.Novel})
	c.recent = c.recent[max(0, len(c.recent)-recentRounds):]
	s.Recent, s.Last = 0, 0
	for _, e := range c.recent {
		s.Recent, s.Last = s.Recent+e.Novel, s.Last+e.Runs
	}
}

// learn takes in a case that reached something new.
func (c *campaign) learn(e Entry) {
	c.entries = append(c.entries, e)
	for _, s := range e.New {
		c.states[s.State] = true
	}
	c.summary.States, c.summary.Corpus = len(c.states), len(c.entries)
}

func (c *campaign) knows(s State) bool { return c.states[s] }

// visible returns the entries that a run may go on from: those from before its
// round, even if an interrupt cut that in two.
func (c *campaign) visible(run uint64) []Entry {
	begin := run / perRound * perRound
	n := len(c.entries)
	for n > 0 && c.entries[n-1].Run >= begin && !c.entries[n-1].kept {
		n--
	}
	return c.entries[:n]
}

// header is the first line of a log: all that decides what the runs are.
type header struct {
	Version   int      `json:"campaign"`
	Scenarios []string `json:"scenarios"` // their texts
	AsWritten bool     `json:"as_written,omitempty"`
	Protocol  string   `json:"protocol,omitempty"`
	Defects   []string `json:"defects,omitempty"`
	Seed      uint64   `json:"seed"`
	Strategy  Strategy `json:"strategy"`
	Corpus    string   `json:"corpus,omitempty"`
	Kept      []Entry  `json:"kept,omitempty"` // what the corpus had at the beginning
}

const version = 1

// open begins a campaign, or goes on with one.
func open(cfg Config) (*campaign, error) {
	if cfg.Strategy == "" {
		cfg.Strategy = Mix
	}
	if err := cfg.Strategy.check(); err != nil {
		return nil, err
	}
	if len(cfg.Scenarios) == 0 {
		return nil, errors.New("a campaign needs a scenario")
	}
	cfg.Seed = max(1, cfg.Seed)
	c := &campaign{cfg: cfg, states: map[State]bool{}}
	if cfg.Corpus != "" {
		var err error
		if c.corpus, err = openCorpus(&cfg); err != nil {
			return nil, err
		}
		for _, e := range c.corpus.entries {
			c.learn(e)
		}
	}
	if cfg.Dir == "" {
		return c, nil
	}
	return c, c.openLog()
}

func (c *campaign) openLog() error {
	mine, err := c.cfg.header()
	if err != nil {
		return err
	}
	path := filepath.Join(c.cfg.Dir, logName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(c.cfg.Dir, 0o777); err != nil {
			return err
		}
		if c.journal, err = createJournal(path); err != nil {
			return err
		}
		mine.Kept = c.entries
		return c.journal.append(mine)
	}
	first := true
	c.journal, err = openJournal(path, func(line []byte) error {
		if first {
			first = false
			return c.begin(line, mine)
		}
		var r round
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		if r.First != c.summary.Runs {
			return fmt.Errorf("this round begins with run %d, and %d are done", r.First, c.summary.Runs)
		}
		c.fold(&r)
		return nil
	})
	c.summary.Resumed = c.summary.Runs
	if err == nil && c.corpus != nil { // it may have died between the log and the corpus
		err = c.corpus.add(c.entries)
	}
	if err == nil && first { // it died before the first line was whole
		mine.Kept = c.entries
		err = c.journal.append(mine)
	}
	return err
}

// begin makes sure that the log is of this campaign, and takes what the corpus
// had when it began.
func (c *campaign) begin(line []byte, mine *header) error {
	var was header
	if err := json.Unmarshal(line, &was); err != nil {
		return err
	}
	kept := was.Kept
	was.Kept = nil
	if a, b := asJSON(was), asJSON(mine); !bytes.Equal(a, b) {
		return fmt.Errorf("this is the log of another campaign: it was begun with seed %d, strategy %s, defects %v, or with other scenarios", was.Seed, was.Strategy, was.Defects)
	}
	c.entries, c.states = nil, map[State]bool{}
	for _, e := range kept {
		e.kept = true
		c.learn(e)
	}
	return nil
}

func asJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain data
	}
	return text
}

func (cfg *Config) header() (*header, error) {
	h := &header{
		Version: version, AsWritten: cfg.AsWritten, Protocol: cfg.Protocol, Defects: cfg.Defects,
		Seed: cfg.Seed, Strategy: cfg.Strategy, Corpus: cfg.Corpus,
	}
	for _, s := range cfg.Scenarios {
		var text bytes.Buffer
		if _, err := s.WriteTo(&text); err != nil {
			return nil, err
		}
		h.Scenarios = append(h.Scenarios, text.String())
	}
	return h, nil
}

// Resume returns the configuration of the campaign that has its log in a
// directory: all that decides what its runs are. How long it goes on, on how many
// workers, and whom it tells is for the caller to add.
func Resume(dir string) (Config, error) {
	path := filepath.Join(dir, logName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, fmt.Errorf("%s is no directory of a campaign: it has no %s", dir, logName)
	}
	if err != nil {
		return Config{}, err
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	body, ok := checked(line)
	var h header
	if !ok || json.Unmarshal(body, &h) != nil {
		return Config{}, fmt.Errorf("%s:1: the checksum is wrong; nothing was found yet, so begin again", path)
	}
	if h.Version != version {
		return Config{}, fmt.Errorf("%s is of version %d, and this zabsim reads version %d", path, h.Version, version)
	}
	cfg := Config{
		AsWritten: h.AsWritten, Protocol: h.Protocol, Defects: h.Defects, Seed: h.Seed, Strategy: h.Strategy, Dir: dir, Corpus: h.Corpus,
	}
	for i, text := range h.Scenarios {
		s, err := scenarios.Parse(fmt.Sprintf("%s: scenario %d", path, i+1), []byte(text))
		if err != nil {
			return Config{}, err
		}
		cfg.Scenarios = append(cfg.Scenarios, s)
	}
	return cfg, nil
}

func (c *campaign) close() error {
	if c.journal == nil {
		return nil
	}
	return c.journal.close()
}
