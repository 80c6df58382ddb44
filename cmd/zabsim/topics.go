package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/all"
	"github.com/zabsim/zabsim/scenarios"
)

// topic is something that has a name and can be listed and explained.
type topic struct {
	kind    string // "scenario"
	name    string
	group   string   // "elections"; "" if its kind has no groups
	about   string   // what it is, in a sentence or more
	details []string // further lines
}

// kinds are the kinds of topics, in the order of lists, and where they come
// from.
var kinds = []struct {
	name, plural string
	topics       func() []topic
}{
	{"scenario", "scenarios", scenarioTopics},
	{"protocol", "protocols", protocolTopics},
	{"property", "properties", propertyTopics},
	{"fault", "faults", faultTopics},
	{"defect", "defects", defectTopics},
	{"note", "notes", noteTopics},
}

// topicsOf returns the topics of one kind, or of all with "".
func topicsOf(plural string) []topic {
	var found []topic
	for _, k := range kinds {
		if plural == "" || plural == k.plural {
			found = append(found, k.topics()...)
		}
	}
	return found
}

func names(topics []topic) []string {
	made := make([]string, len(topics))
	for i, t := range topics {
		made[i] = t.name
	}
	return made
}

func scenarioTopics() []topic {
	var found []topic
	for _, e := range scenarios.Library() {
		s, err := scenarios.Load(e.Name, nil)
		if err != nil {
			panic(err) // Library has loaded it just now
		}
		found = append(found, topic{kind: "scenario", name: e.Name, group: e.Theme, about: s.About, details: scenarioLines(s)})
	}
	return found
}

// scenarioLines returns what happens in a scenario and what must hold.
func scenarioLines(s *scenarios.Scenario) []string {
	lines := []string{fmt.Sprintf("runs  %s for %v with seed %d", s.Protocol, s.Duration, s.Seed)}
	for _, note := range s.Notes {
		lines = append(lines, fmt.Sprintf("note  %v: %s", note.At, note.Say))
	}
	for _, fault := range s.Mishaps() {
		lines = append(lines, "fault  "+fault)
	}
	for _, demands := range []struct {
		kind   checker.Kind
		claims []scenarios.Claim
	}{
		{checker.Always, s.Properties.Always},
		{checker.Eventually, s.Properties.Eventually},
		{checker.Sometimes, s.Properties.Sometimes},
	} {
		for _, c := range demands.claims {
			lines = append(lines, demands.kind.String()+"  "+c.Name)
		}
	}
	for _, v := range s.Variants {
		lines = append(lines, "variant  "+v.Name)
	}
	return append(lines, "try  zabsim run "+s.Name)
}

func protocolTopics() []topic {
	var found []topic
	for i := range all.Protocols {
		p := &all.Protocols[i]
		t := topic{kind: "protocol", name: p.Name, about: p.Doc}
		for _, c := range p.Channels {
			t.details = append(t.details, fmt.Sprintf("channel  %s, a %s", c.Name, c.Mode))
		}
		for _, f := range p.Files {
			t.details = append(t.details, "file  "+f)
		}
		t.details = append(t.details, optionLines(p)...)
		for _, d := range p.Defects {
			t.details = append(t.details, "defect  "+d.Name)
		}
		found = append(found, t)
	}
	return found
}

// optionLines returns a protocol's options with their defaults.
func optionLines(p *nodes.Protocol) []string {
	if p.Options == nil {
		return nil
	}
	v := reflect.ValueOf(p.Options()).Elem()
	lines := make([]string, v.NumField())
	for i := range lines {
		lines[i] = fmt.Sprintf("option  %s: %v", key(v.Type().Field(i)), v.Field(i).Interface())
	}
	return lines
}

func propertyTopics() []topic {
	var found []topic
	for _, p := range checker.All {
		found = append(found, propertyTopic(p))
	}
	for _, family := range []struct{ name, example string }{{"note:NAME", "note:NAME"}, {"leader-is:SERVER", "leader-is:s3"}} {
		p, err := checker.ByName(family.example, checker.Params{})
		if err != nil {
			panic(err) // there is no such family
		}
		t := propertyTopic(p)
		t.name = family.name
		found = append(found, t)
	}
	return append(found, exploredTopics...)
}

// exploredTopics are the properties that only the model checker can judge.
var exploredTopics = []topic{
	{
		kind: "property", name: explore.NoDeadlock,
		about:   "No quorum of servers that are up and connected stands still, some of them not serving, with nothing on its way and nobody waiting for a timer.",
		details: []string{"kind  always, judged by zabsim explore in every state"},
	},
	{
		kind: "property", name: servers.Recovers,
		about:   "From every state, once faults end and all goes on in turn, there is a leader whom all follow and clients are served, within as many actions as --recovers says.",
		details: []string{"kind  always, judged by zabsim explore --recovers in every state"},
	},
}

func propertyTopic(p checker.Property) topic {
	t := topic{kind: "property", name: p.Name, about: p.Doc, details: []string{"kind  " + p.Kind.String() + ", " + kindMeaning[p.Kind]}}
	if p.Source != "" {
		t.details = append(t.details, "source  "+p.Source)
	}
	return t
}

var kindMeaning = map[checker.Kind]string{
	checker.Always:     "it must hold at every event",
	checker.Eventually: "it must hold at the end, once the last fault is over",
	checker.Sometimes:  "it must happen at least once, or the run tested nothing",
}

// faultTopics takes the faults from the type that scenario files are decoded
// into: besides at, when and for each key is a fault.
func faultTopics() []topic {
	var found []topic
	common := []string{"at", "when", "for"}
	var usage []string
	for f := range reflect.TypeFor[scenarios.Fault]().Fields() {
		if line := key(f) + "  " + f.Tag.Get("jsonschema"); slices.Contains(common, key(f)) {
			usage = append(usage, line)
		} else {
			found = append(found, topic{kind: "fault", name: key(f), about: f.Tag.Get("jsonschema")})
		}
	}
	for i := range found {
		found[i].details = usage
	}
	return found
}

func defectTopics() []topic {
	var found []topic
	for i := range all.Protocols {
		p := &all.Protocols[i]
		for _, d := range p.Defects {
			found = append(found, topic{kind: "defect", name: d.Name, about: d.Doc, details: []string{
				"protocol  " + p.Name,
				"breaks  " + d.Property,
				"source  " + d.Source,
				"switch on  zabsim run SCENARIO --protocol " + p.Name + " --defect " + d.Name,
			}})
		}
	}
	return found
}

func noteTopics() []topic {
	var found []topic
	for i := range all.Protocols {
		p := &all.Protocols[i]
		for _, n := range p.Notes {
			t := topic{kind: "note", name: n.Name, about: n.Doc, details: []string{"protocol  " + p.Name}}
			if n.Only != "" {
				t.details = append(t.details, "needs  "+n.Only)
			}
			t.details = append(t.details,
				"demand it  sometimes: [note:"+n.Name+"]", "strike there  when: {event: note, note: "+n.Name+"}")
			found = append(found, t)
		}
	}
	return found
}

// key returns what a field is called in a scenario file.
func key(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
