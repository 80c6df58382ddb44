package scenarios

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/nodes"
)

// Pin returns a scenario that stands by itself for one failure: it fixes the
// protocol, the defects and the seed, demands the one property that was
// violated, and expects that it is.
func (s *Scenario) Pin(opts RunOptions, property string) (*Scenario, error) {
	claim, kind, err := s.claim(property)
	if err != nil {
		return nil, err
	}
	pinned := s.Clone()
	if opts.Protocol != "" && opts.Protocol != s.Protocol {
		pinned.Protocol, pinned.Options, pinned.Defects = opts.Protocol, nil, nil
	}
	pinned.Defects = slices.Concat(pinned.Defects, opts.Defects)
	if opts.Seed != 0 {
		pinned.Seed = opts.Seed
	}
	pinned.About, pinned.Notes, pinned.Explore = "", nil, Explore{}
	pinned.Properties = Properties{}
	if kind == checker.Eventually {
		pinned.Properties.Eventually = []Claim{claim}
	} else {
		pinned.Properties.Always = []Claim{claim}
	}
	pinned.Expect = Expected{{pinned.Protocol, property}}
	return pinned.reload()
}

// claim returns what the scenario says about a property. no-panic is part of
// every scenario.
func (s *Scenario) claim(name string) (Claim, checker.Kind, error) {
	p, err := checker.ByName(name, checker.Params{})
	if err != nil {
		return Claim{}, 0, err
	}
	for _, c := range slices.Concat(s.Properties.Always, s.Properties.Eventually) {
		if c.Name == name {
			return c, p.Kind, nil
		}
	}
	return Claim{Name: name}, p.Kind, nil
}

// Property returns a property as the scenario demands it.
func (s *Scenario) Property(name string) (checker.Property, error) {
	c, _, err := s.claim(name)
	if err != nil {
		return checker.Property{}, err
	}
	return checker.ByName(name, checker.Params{Within: c.Within})
}

// reload returns the scenario as it would be loaded again. The error says why it
// would not load.
func (s *Scenario) reload() (*Scenario, error) {
	loaded, err := s.Complete()
	if err != nil {
		return nil, fmt.Errorf("scenario %s, made simpler: %w", s.Name, err)
	}
	return loaded, nil
}

// Complete returns the scenario as it would be loaded from the file that WriteTo
// writes: checked, and with its defaults. What is made in Go needs it before it
// can be run. As with [Parse] it may ask for more protocols than those of
// nodes/all; the error is of type [Problems], with the lines of that file.
func (s *Scenario) Complete(more ...nodes.Protocol) (*Scenario, error) {
	text, err := s.text()
	if err != nil {
		return nil, err
	}
	return Parse(s.Name+".yaml", text, more...)
}

// text returns the scenario as WriteTo writes it, but that it does not mention
// what is not there.
func (s *Scenario) text() ([]byte, error) {
	v := reflect.ValueOf(s).Elem()
	for _, f := range v.Fields() {
		if f.Kind() == reflect.Slice && f.Len() == 0 {
			f.SetZero()
		}
	}
	var b bytes.Buffer
	_, err := s.WriteTo(&b)
	return b.Bytes(), err
}

// Clone returns an independent copy. The options of the protocol are shared:
// nobody changes them.
func (s *Scenario) Clone() *Scenario {
	c := *s
	deepen(reflect.ValueOf(&c).Elem())
	return &c
}

// deepen replaces what v refers to by copies.
func deepen(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fresh := reflect.New(v.Type().Elem())
			fresh.Elem().Set(v.Elem())
			v.Set(fresh)
			deepen(fresh.Elem())
		}
	case reflect.Slice:
		if !v.IsNil() {
			fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
			reflect.Copy(fresh, v)
			v.Set(fresh)
		}
		for i := range v.Len() {
			deepen(v.Index(i))
		}
	case reflect.Struct:
		for _, f := range v.Fields() {
			deepen(f)
		}
	}
}
