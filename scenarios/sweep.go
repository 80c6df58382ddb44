package scenarios

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zabsim/zabsim/checker/measure"
)

// Sweep runs a scenario with one of its settings at several values, and compares
// what is measured.
type Sweep struct {
	Param   string    `json:"param" example:"options.tickTime" jsonschema:"The setting: the keys that lead to it, with dots between. In a list, the place of an entry, from 0, or its name: clients.writer.load.rate."`
	Values  []Setting `json:"values" example:"[100ms, 2s]" jsonschema:"What it is set to, in the form that the setting has."`
	Seeds   int       `json:"seeds,omitempty" default:"20" jsonschema:"How many seeds to run with each, from the scenario's own on."`
	Measure []string  `json:"measure" example:"[unserved]" jsonschema:"What is measured: the columns of the table, and the plots."`
}

// Setting is one value of a sweep.
type Setting struct {
	Text string // as it stands in the file
	// Scenario is the scenario with that value, called "name/value", or
	// "name/2" by its place where the value does not do as a name.
	Scenario *Scenario
}

// fromNode implements [reader].
func (s *Setting) fromNode(_ *decoder, n *node) { s.Text = n.flow() }

// flow returns a node as it is written on one line.
func (n *node) flow() string {
	switch n.kind {
	case mapping:
		var parts []string
		for i, key := range n.keys {
			parts = append(parts, key.text+": "+n.items[i].flow())
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case list:
		var parts []string
		for _, item := range n.items {
			parts = append(parts, item.flow())
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return n.text
	}
}

// sweep reports what makes no sense about a sweep, but for its values: those are
// read in their place.
func (c *inspector) sweep(n *node, s *Sweep) {
	var known []string
	for _, m := range measure.All {
		known = append(known, m.Name)
	}
	for i, name := range s.Measure {
		if !slices.Contains(known, name) {
			c.report(n.at("measure", i), "%s", Unknown("measure", name, known))
		}
	}
	c.distinct(n.value("measure"), s.Measure)
	var texts []string
	for _, v := range s.Values {
		texts = append(texts, v.Text)
	}
	c.distinct(n.value("values"), texts)
	if seeds := n.value("seeds"); seeds.kind == scalar && s.Seeds == 0 {
		c.report(seeds, "nothing is measured with no seed; leave it out for 20")
	}
	first, _, _ := strings.Cut(s.Param, ".")
	if slices.Contains(append(slices.Clone(ownKeys), "properties", "expect", "about", "protocol"), first) {
		c.report(n.value("param"), "a sweep does not change the %s", first)
	}
}

// settings loads the scenario with each value of the sweep. Each is read as if it
// stood there alone, so that a value is judged as the setting itself would be, at
// the place where it stands.
func (s *Scenario) settings(r *reporter, root *node, words vocabulary) {
	n := root.value("sweep")
	param := n.value("param")
	if s.Sweep == nil || r.within(n) {
		return
	}
	alone := root.without("variants", "sweep")
	path, ok := alone.resolve(r, param)
	if !ok {
		return
	}
	for i := range s.Sweep.Values {
		v := read(r, alone.set(path, param, n.at("values", i)), words)
		if v.Name += variantSeparator; isName(s.Sweep.Values[i].Text) {
			v.Name += s.Sweep.Values[i].Text
		} else {
			v.Name += strconv.Itoa(i + 1)
		}
		s.Sweep.Values[i].Scenario = v
	}
}

// resolve splits the path of a setting into steps. Entries of lists become their
// places.
func (n *node) resolve(r *reporter, param *node) (path []string, ok bool) {
	for step := range strings.SplitSeq(param.text, ".") {
		if n.kind == list {
			names := make([]string, len(n.items))
			for i, item := range n.items {
				names[i] = strconv.Itoa(i)
				if name := item.value("name"); name.kind == scalar && name.text != step {
					names = append(names, name.text)
				} else if name.kind == scalar {
					step = names[i]
				}
			}
			if !slices.Contains(names, step) {
				r.report(param, "%s", Unknown("entry of "+strings.Join(path, "."), step, names))
				return nil, false
			}
		}
		path = append(path, step)
		if next := n.at(step); next != n {
			n = next
		} else {
			n = &node{} // not in the file: a setting at its default
		}
	}
	return path, true
}

// set returns the node with a value where the path leads. Keys that are missing
// on the way stand where the path does.
func (n *node) set(path []string, param, value *node) *node {
	if len(path) == 0 {
		return value
	}
	made := *n
	if n.kind == absent || n.kind == scalar {
		made = node{kind: mapping, line: param.line, column: param.column, width: param.width}
	}
	made.keys, made.items = slices.Clone(made.keys), slices.Clone(made.items)
	if made.kind == list {
		i, _ := strconv.Atoi(path[0]) // resolve has seen to it
		made.items[i] = made.items[i].set(path[1:], param, value)
		return &made
	}
	i := made.index(path[0])
	if i < 0 {
		i = len(made.keys)
		made.keys = append(made.keys, &node{kind: scalar, line: param.line, column: param.column, width: param.width, text: path[0]})
		made.items = append(made.items, &node{})
	}
	made.items[i] = made.items[i].set(path[1:], param, value)
	return &made
}
