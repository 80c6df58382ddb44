package scenarios

import (
	"slices"
	"time"
)

// Properties are what a scenario demands of every run.
type Properties struct {
	Always     []Claim `json:"always,omitempty" jsonschema:"Safety: what must hold at every moment."`
	Eventually []Claim `json:"eventually,omitempty" jsonschema:"Liveness: what must hold once the last fault is over, {leader: {within: 5s}}."`
	Sometimes  []Claim `json:"sometimes,omitempty" jsonschema:"What must happen at least once, or the run tested nothing."`
}

// Claim names a property, with its parameter if it has one. Files write
// "agreement", {leader: {within: 5s}} or {leader-is: s3}; the last is the same
// as "leader-is:s3".
type Claim struct {
	Name   string
	Within time.Duration // eventually: how long after the last fault; 0: by the end of the run
}

// params is what stands behind the name of a property.
type params struct {
	Within time.Duration `json:"within" example:"5s" jsonschema:"How long it may take, counted from the last fault."`
}

// fromNode implements [reader].
func (c *Claim) fromNode(d *decoder, n *node) {
	switch {
	case n.kind == scalar:
		c.Name = n.text
	case n.kind == mapping && len(n.keys) == 1 && n.items[0].kind == scalar:
		c.Name = n.keys[0].text + ":" + n.items[0].text
	case n.kind == mapping && len(n.keys) == 1:
		c.Name = n.keys[0].text
		var p params
		d.decode(n.items[0], &p)
		c.Within = p.Within
	case n.kind == mapping:
		d.r.report(n, "one property for each entry of the list; this one has %d", len(n.keys))
	}
}

// MarshalYAML implements yaml.InterfaceMarshaler.
func (c Claim) MarshalYAML() (any, error) {
	if c.Within == 0 {
		return c.Name, nil
	}
	return map[string]params{c.Name: {c.Within}}, nil
}

// Expected says how protocols are known to do.
type Expected []Expectation

// Expectation is how one protocol is known to do.
type Expectation struct {
	Protocol string
	Violates string // the property it violates; "": none, it passes
}

// Violates returns the property that a protocol is expected to violate, or "".
func (e Expected) Violates(protocol string) string {
	i := slices.IndexFunc(e, func(x Expectation) bool { return x.Protocol == protocol })
	if i < 0 {
		return ""
	}
	return e[i].Violates
}

// violates is how a file says that a protocol fails.
type violates struct {
	Violates string `json:"violates" example:"agreement" jsonschema:"A property that is among those it violates."`
}
