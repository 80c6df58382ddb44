package campaign

import (
	"slices"
	"strings"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/sim/trace"
)

// causes is an observer that remembers of each event what led to it, in a word.
type causes struct {
	header *trace.Header
	links  []link // by number of the event, from 1
}

type link struct {
	cause uint64
	word  string // "" if the event says no more than its cause does
}

// Wants implements [trace.Observer].
func (c *causes) Wants() trace.Set { return trace.Every }

// Observe implements [trace.Observer].
func (c *causes) Observe(e *trace.Event) {
	c.links = append(c.links, link{e.Cause, c.word(e)})
}

func (c *causes) word(e *trace.Event) string {
	switch e.Kind {
	case trace.Send, trace.Request, trace.Invoke: // deliveries say so, and what clients ask for is no news
		return ""
	case trace.Deliver, trace.Drop:
		return e.Msg.Kind()
	case trace.Append, trace.Replace, trace.Truncate, trace.Durable:
		return e.Kind.String() + " " + c.header.Protocol.Files[e.File]
	case trace.Expire:
		return "timer " + c.header.Protocol.Timers[e.Timer.Name]
	case trace.View:
		return e.After.Phase
	case trace.Note:
		return e.Text
	}
	return e.Kind.String()
}

// chain is how many words of the causes tell two bugs apart. More would tell
// apart what differs by chance.
const chain = 3

// of returns what led to a violation, the last first: "commit < ACK < durable
// log". Where two violations of a property differ in it they most likely have
// different causes; the converse is less certain.
func (c *causes) of(v *checker.Violation) string {
	var words []string
	if len(v.Evidence) == 0 {
		return ""
	}
	for at := slices.Max(v.Evidence); at > 0 && at <= uint64(len(c.links)) && len(words) < chain; at = c.links[at-1].cause {
		if w := c.links[at-1].word; w != "" && (len(words) == 0 || words[len(words)-1] != w) {
			words = append(words, w)
		}
	}
	return strings.Join(words, " < ")
}
