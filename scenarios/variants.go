package scenarios

import (
	"fmt"
	"slices"
	"strings"
)

// Variants are what else a file tells: the same story with something changed.
// Each is a complete scenario, called "name/variant".
type Variants []*Scenario

// fromNode implements [reader]. There is nothing to read: a variant is no
// scenario before it has been laid over the file that it stands in.
func (*Variants) fromNode(*decoder, *node) {}

// variantSeparator stands between the name of a scenario and that of one of
// its variants, in names of both and on the command line.
const variantSeparator = "/"

// ownKeys are the keys that a variant does not have: they are about the file.
var ownKeys = []string{"version", "name", "theme", "sweep", "variants"}

// wholeKeys are mappings whose keys are names and not settings: a variant that
// has one has all of it.
var wholeKeys = []string{"sites", "boot", "app", "expect"}

// variants loads the variants of the scenario that a file describes. Each is
// read as if it stood there alone, so that all that is said about scenarios is
// said about variants, at the place where it is wrong.
func (s *Scenario) variants(r *reporter, root *node, words vocabulary) {
	n := root.value("variants")
	if n.kind != absent && n.kind != mapping {
		r.report(n, "variants have names; write {halves: {servers: 6}}")
	}
	for i, key := range n.keys {
		changes := n.items[i]
		if !isName(key.text) {
			r.report(key, "%q does not do as the name of a variant; use letters and digits, with - _ . between them", key.text)
		}
		for _, own := range changes.present(ownKeys...) {
			r.report(changes.key(own), "a variant has the %s of its file", own)
		}
		if changes.kind != mapping {
			r.report(changes, "a variant says what is different; write {servers: 6}")
		}
		if r.within(changes) {
			continue
		}
		r.variant = key.text
		v := read(r, root.without(append(changes.present(wholeKeys...), "sweep", "variants")...).with(changes), words)
		r.variant = ""
		v.Name += variantSeparator + key.text
		s.Variants = append(s.Variants, v)
	}
}

// with returns the node with changes laid over it: mappings become one, and
// everything else, such as a list, takes the place of what was there.
func (n *node) with(changes *node) *node {
	if n.kind != mapping || changes.kind != mapping {
		return changes
	}
	made := *n
	made.keys, made.items = slices.Clone(n.keys), slices.Clone(n.items)
	for i, key := range changes.keys {
		if at := n.index(key.text); at >= 0 {
			made.keys[at], made.items[at] = key, n.items[at].with(changes.items[i])
			continue
		}
		made.keys, made.items = append(made.keys, key), append(made.items, changes.items[i])
	}
	return &made
}

// without returns a mapping without some of its keys.
func (n *node) without(names ...string) *node {
	made := *n
	made.keys, made.items = nil, nil
	for i, key := range n.keys {
		if !slices.Contains(names, key.text) {
			made.keys, made.items = append(made.keys, key), append(made.items, n.items[i])
		}
	}
	return &made
}

// variant returns the variant of that name, or the scenario with that value of
// its sweep; "" is the scenario itself.
func (s *Scenario) variant(name string) (*Scenario, error) {
	if name == "" {
		return s, nil
	}
	var names []string
	for _, v := range s.Variants {
		if v.Name == s.Name+variantSeparator+name {
			return v, nil
		}
		names = append(names, v.variantName())
	}
	if s.Sweep != nil {
		for _, v := range s.Sweep.Values {
			if v.Scenario.Name == s.Name+variantSeparator+name {
				return v.Scenario, nil
			}
			names = append(names, v.Scenario.variantName())
		}
	}
	return nil, fmt.Errorf("%s", Unknown("variant of "+s.Name, name, names))
}

// FileName returns the name as a part of paths: of a variant "name-variant".
func (s *Scenario) FileName() string { return strings.ReplaceAll(s.Name, variantSeparator, "-") }

// variantName returns what comes after the slash, or "".
func (s *Scenario) variantName() string {
	_, name, _ := strings.Cut(s.Name, variantSeparator)
	return name
}
