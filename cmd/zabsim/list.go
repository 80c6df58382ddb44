package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

func newList() *cobra.Command {
	var plurals []string
	for _, k := range kinds {
		plurals = append(plurals, k.plural)
	}
	return &cobra.Command{
		Use:       "list [" + strings.Join(plurals, "|") + "]",
		Short:     "List what zabsim has",
		ValidArgs: plurals,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("list takes one kind of thing: %s", strings.Join(plurals, ", "))
			}
			for _, arg := range args {
				if !slices.Contains(plurals, arg) {
					return unknown("list", arg, plurals)
				}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return list(cmd.OutOrStdout(), strings.Join(args, ""))
		},
	}
}

// list prints the topics of one kind, or of all kinds under headings.
func list(w io.Writer, plural string) error {
	for i, k := range kinds {
		if plural != "" && plural != k.plural {
			continue
		}
		if plural == "" {
			if i > 0 {
				fmt.Fprintln(w)
			}
			fmt.Fprintln(w, k.plural)
		}
		if err := printNames(w, k.topics()); err != nil {
			return err
		}
	}
	return nil
}

// printNames prints topics one a line, with the first sentence about each, and
// groups of them under headings.
func printNames(w io.Writer, topics []topic) error {
	width := 0
	for _, t := range topics {
		width = max(width, len(t.label()))
	}
	group := ""
	for _, t := range topics {
		if t.group != group {
			group = t.group
			fmt.Fprintf(w, "  %s\n", group)
		}
		if _, err := fmt.Fprintf(w, "  %-*s  %s\n", width, t.label(), t.gist()); err != nil {
			return err
		}
	}
	return nil
}

// label returns the name as it stands in a list: indented in a group, and of a
// variant only what the scenario above it does not say.
func (t *topic) label() string {
	switch scenario, variant, isVariant := strings.Cut(t.name, "/"); {
	case t.group == "":
		return t.name
	case isVariant:
		return "    /" + variant
	default:
		return "  " + scenario
	}
}

// gistWidth is how much of a description fits a list.
const gistWidth = 90

// gist returns the first sentence about a topic, cut short if need be.
func (t *topic) gist() string {
	first, _, _ := strings.Cut(t.about, ". ")
	short := []rune(strings.TrimSuffix(first, "."))
	if len(short) <= gistWidth {
		return string(short)
	}
	cut := strings.TrimRight(string(short[:gistWidth]), " ,:;")
	return cut[:max(strings.LastIndexByte(cut, ' '), 0)] + " ..."
}
