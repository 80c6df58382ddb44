package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/zabsim/zabsim/sim/trace"
)

// eventWords returns an event of a trace in words: "s5 send to s1: PROPOSAL 1.3".
func eventWords(l *trace.Line) string {
	var about []string
	add := func(words ...string) {
		if all := strings.Join(words, ""); all != "" && words[len(words)-1] != "" {
			about = append(about, all)
		}
	}
	add(l.Msg)
	add(l.Record)
	add(l.Timer)
	add(l.File)
	add(l.Op)
	add(l.Outcome)
	add(l.Result)
	if l.Kind == trace.Commit || l.Kind == trace.Durable {
		add(l.Pos)
	}
	if l.A != "" {
		bar := " > "
		if l.Both {
			bar = " | "
		}
		add(l.A, bar, l.B)
	}
	add(l.Text)
	add(l.Detail)
	if l.After != nil {
		add(viewWords(l.After))
	}
	text := cmp.Or(l.Server, l.Client, "-") + " " + l.Kind.String()
	if l.Peer != "" {
		way := " from "
		if l.Kind == trace.Send {
			way = " to "
		}
		text += way + l.Peer
	}
	if l.Client != "" && l.Server != "" {
		text += " " + l.Client
	}
	if len(about) > 0 {
		text += ": " + strings.Join(about, ", ")
	}
	return text
}

// viewWords says what a server says of itself.
func viewWords(v *trace.LineView) string {
	words := v.Role
	if v.Leader != "" && v.Leader != "-" {
		words += " " + v.Leader
	}
	if v.Phase != "" {
		words += ", " + v.Phase
	}
	if v.Serving {
		words += ", serving"
	}
	return words
}

// seconds returns a virtual time as reports print it: "10.031s".
func seconds(t time.Duration) string { return fmt.Sprintf("%.3fs", t.Seconds()) }
