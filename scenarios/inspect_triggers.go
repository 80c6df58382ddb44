package scenarios

import (
	"slices"
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
)

// when checks the trigger of a fault that waits from at on.
func (c *inspector) when(n *node, w *When, at time.Duration) {
	key, ok := c.oneOf(n, "a trigger", "waits for", []string{"event", "after", "before"})
	if !ok {
		return
	}
	event, named := n.value(key), string(w.Event+w.After+w.Before)
	known, does := eventNames, named
	if key == "before" {
		known = faults.Preventable
	}
	switch {
	case isMessage(named) && w.Message != "":
		c.report(n.at("message"), "%s is a message already; leave out message", named)
	case isMessage(named):
		does = "deliver"
		c.ofProtocol(event, "message", named, messageNames)
	case event.kind == scalar && !slices.Contains(known, named) && slices.Contains(eventNames, named):
		c.report(event, "%s comes from outside, and nothing can come before it; %s", named, choices(known))
	case event.kind == scalar && !slices.Contains(known, named):
		c.report(event, "%s", Unknown("event", named, c.withMessageLike(named, known)))
		return
	}
	if w.Message != "" && !isMessage(named) && !slices.Contains(messageEvents, named) {
		c.report(n.at("message"), "only send and deliver have a message")
	} else {
		c.ofProtocol(n.value("message"), "message", w.Message, messageNames)
	}
	if w.File != "" {
		c.triggerFile(n.at("file"), does, w.File)
	}
	if w.Phase != "" && does != "view" {
		c.report(n.at("phase"), "only view has a phase")
	} else {
		c.ofProtocol(n.value("phase"), "phase", w.Phase, phaseNames)
	}
	if w.Note != "" && does != "note" {
		c.report(n.at("note"), "note goes with event: note")
	} else {
		c.ofProtocol(n.value("note"), "note", w.Note, noteNames)
	}
	if w.Fresh && !slices.Contains(freshEvents, does) {
		c.report(n.at("fresh"), "%s is not about a transaction; leave out fresh", does)
	}
	if w.Of != "" && !slices.Contains(freshEvents, does) {
		c.report(n.at("of"), "%s is not about a transaction; leave out of", does)
	}
	if n.value("count").kind == scalar && w.Count == 0 {
		c.report(n.value("count"), "count begins at 1")
	}
	if until := n.value("until"); until.kind == scalar && w.Until <= at {
		c.report(until, "it waits from %s on, and no longer than until %s", at, w.Until)
	}
	c.beforeEnd(n, "until", w.Until, "the end of the wait")
	c.who(n.value("server"), w.Server, anyRole...)
}

// triggerFile checks the file that a trigger asks for.
func (c *inspector) triggerFile(n *node, event, name string) {
	p := c.words.protocol(c.s.Protocol)
	switch {
	case !slices.Contains(fileEvents, event):
		c.report(n, "%s has no file; %s do", event, or(fileEvents))
	case p != nil && !slices.Contains(p.Files, name):
		c.report(n, "%s", Unknown("file of "+p.Name, name, p.Files))
	}
}

// What a protocol calls its messages, phases and notes.
func messageNames(p *nodes.Protocol) []string { return p.Messages }
func phaseNames(p *nodes.Protocol) []string   { return p.Phases }
func noteNames(p *nodes.Protocol) []string {
	names := make([]string, len(p.Notes))
	for i, note := range p.Notes {
		names[i] = note.Name
	}
	return names
}

// ofProtocol reports a name that the protocol does not have, if it says what it
// has.
func (c *inspector) ofProtocol(n *node, what, name string, among func(*nodes.Protocol) []string) {
	p := c.words.protocol(c.s.Protocol)
	if p == nil || n.kind != scalar || name == "" {
		return
	}
	if names := among(p); len(names) > 0 && !slices.Contains(names, name) {
		c.report(n, "%s", Unknown(what+" of "+p.Name, name, names))
	}
}

// withMessageLike returns the names of events, and of the message that may have
// been meant: "acks" for ACK.
func (c *inspector) withMessageLike(name string, events []string) []string {
	if p := c.words.protocol(c.s.Protocol); p != nil {
		if message, ok := Nearest(name, p.Messages); ok {
			return append(slices.Clip(events), message)
		}
	}
	return events
}
