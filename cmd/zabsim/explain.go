package main

import (
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/scenarios"
)

// chapters are what can be explained besides topics.
var chapters = []struct {
	name    string
	explain func(io.Writer) error
}{
	{"scenarios", explainScenarios},
	{"exit-codes", explainExitCodes},
}

func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain NAME",
		Short: "Say what a protocol, property, fault, defect or scenario is; also: scenarios, exit-codes",
		Args:  exactly(1, "the name of a protocol, property, fault, defect or scenario"),
		RunE:  func(cmd *cobra.Command, args []string) error { return explain(cmd.OutOrStdout(), args[0]) },
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return explainable(), cobra.ShellCompDirectiveNoFileComp
		},
	}
}

func explainable() []string {
	known := names(topicsOf(""))
	for _, c := range chapters {
		known = append(known, c.name)
	}
	return known
}

func explain(w io.Writer, name string) error {
	for _, c := range chapters {
		if c.name == name {
			return c.explain(w)
		}
	}
	known := false
	for _, t := range topicsOf("") {
		if t.isCalled(name) {
			known = true
			if err := t.print(w); err != nil {
				return err
			}
		}
	}
	if !known {
		return unknown("name", name, explainable())
	}
	return nil
}

// isCalled reports whether a topic is called by that name. Of a property with a
// name inside, such as leader-is:s3, the part before the colon says which it
// is.
func (t *topic) isCalled(name string) bool {
	family, _, isFamily := strings.Cut(t.name, ":")
	called, _, _ := strings.Cut(name, ":")
	return t.name == name || isFamily && called == family
}

// print writes a topic: its kind and name, what it is, and the details in two
// columns.
func (t *topic) print(w io.Writer) error {
	fmt.Fprintf(w, "%s %s\n\n%s\n", t.kind, t.name, wrap(t.about, "  "))
	width := 0
	for _, d := range t.details {
		label, _, _ := strings.Cut(d, "  ")
		width = max(width, len(label))
	}
	if len(t.details) > 0 {
		fmt.Fprintln(w)
	}
	for _, d := range t.details {
		label, text, _ := strings.Cut(d, "  ")
		fmt.Fprintf(w, "  %-*s  %s\n", width, label, text)
	}
	_, err := fmt.Fprintln(w)
	return err
}

// explainScenarios prints the keys of a scenario file, from the type that
// files are decoded into.
func explainScenarios(w io.Writer) error {
	fmt.Fprint(w, "A scenario is a YAML file: who the servers are, what goes wrong, who asks for what,\n"+
		"and what must hold. zabsim new NAME writes one to start from.\n\n")
	for f := range reflect.TypeFor[scenarios.Scenario]().Fields() {
		about := f.Tag.Get("jsonschema")
		if d := f.Tag.Get("default"); d != "" {
			about += " Default: " + d + "."
		}
		fmt.Fprintf(w, "  %-11s %s\n", key(f), strings.TrimLeft(wrap(about, strings.Repeat(" ", 14)), " "))
	}
	_, err := fmt.Fprint(w, "\nDurations are written 4s, 250ms, 1m30s; ranges 1ms..3ms.\n"+
		"Faults: zabsim list faults. Properties: zabsim list properties.\n"+
		"Every key with its type: zabsim schema. How they go together: scenarios/README.md.\n")
	return err
}

// wrap breaks text into lines of at most 88 columns, each after an indent.
func wrap(text, indent string) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case column == 0:
			b.WriteString(indent + word)
			column = len(indent) + len(word)
		case column+1+len(word) > 88:
			b.WriteString("\n" + indent + word)
			column = len(indent) + len(word)
		default:
			b.WriteString(" " + word)
			column += 1 + len(word)
		}
	}
	return b.String()
}
