package history

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/nodes"
)

// event is a line of a history.
type event map[string]any

// lines returns events as a file has them.
func lines(events []event) string {
	var b strings.Builder
	for _, e := range events {
		line, err := json.Marshal(e)
		if err != nil {
			panic(err) // there are strings and numbers only
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.String()
}

func parse(t *testing.T, events []event) *History {
	t.Helper()
	h, err := Parse("test.jsonl", strings.NewReader(lines(events)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// service is a replicated store as its clients see it, with servers that are
// behind by as much as their sessions allow. What it records is correct.
type service struct {
	pick    func(n int) int // a number from 0 to n-1
	clients []client
	keys    int
	started int // operations
	t       int64
	log     []entry
	events  []event
}

// entry is a write to the store.
type entry struct {
	key     string
	value   string
	version int
}

// client does one operation after the other.
type client struct {
	session int
	seen    int   // how much of the log its server has carried out at least
	asked   event // nil: idle
	unsent  bool  // what was asked for has not taken effect
	answer  event
}

// record lets clients do a number of operations.
func record(pick func(int) int, clients, keys, operations int) []event {
	s := &service{pick: pick, clients: make([]client, clients), keys: keys}
	for i := range s.clients {
		s.clients[i].session = i
	}
	for k := range keys {
		s.log = append(s.log, entry{fmt.Sprint("k", k), "init", 0})
	}
	s.events = append(s.events, event{"t": 0, "type": "meta", "args": event{"initial_value": "init"}})
	for s.started < operations {
		s.step(pick(clients))
	}
	return s.events
}

// step takes an operation of a client one step on.
func (s *service) step(i int) {
	s.t++
	switch c := &s.clients[i]; {
	case c.asked == nil:
		s.ask(i)
	case s.pick(40) == 0: // the connection breaks: nobody knows
		s.complete(c, event{"type": "info"})
		if c.unsent && s.pick(2) == 0 {
			s.carryOut(c)
		}
		c.session += len(s.clients)
		c.seen = 0
		c.asked = nil
	case c.unsent:
		s.carryOut(c)
	default:
		s.complete(c, c.answer)
		c.asked = nil
	}
}

func (s *service) ask(i int) {
	s.started++
	c := &s.clients[i]
	c.unsent, c.answer = true, nil
	c.asked = event{
		"type": "invoke", "id": s.started, "client": i, "session": fmt.Sprint("s", c.session),
		"op": []string{"read", "read", "sync_read", "write", "cas"}[s.pick(5)], "key": fmt.Sprint("k", s.pick(s.keys)),
	}
	switch c.asked["op"] {
	case "cas":
		at := s.find(c.asked["key"], len(s.log))
		c.asked["expect_version"] = max(0, s.log[at].version-s.pick(2))
		fallthrough
	case "write":
		c.asked["value"] = fmt.Sprint("v", s.started)
	}
	s.record(c.asked)
}

func (s *service) record(e event) {
	e["t"] = s.t
	s.events = append(s.events, e)
}

func (s *service) complete(c *client, e event) {
	e["id"], e["session"] = c.asked["id"], c.asked["session"]
	s.record(e)
}

// find returns where the newest write of a key is, in the beginning of the log.
func (s *service) find(key any, end int) int {
	for i := end - 1; ; i-- {
		if s.log[i].key == key {
			return i
		}
	}
}

// carryOut does what a client has asked for.
func (s *service) carryOut(c *client) {
	c.unsent = false
	key, end := c.asked["key"], len(s.log)
	c.seen = max(c.seen, s.keys)
	switch c.asked["op"] {
	case "read":
		c.seen += s.pick(end - c.seen + 1)
		c.answer = s.answer(s.find(key, c.seen))
	case "sync_read":
		c.seen = end
		c.answer = s.answer(s.find(key, end))
	default:
		at := s.find(key, end)
		if e, conditional := c.asked["expect_version"]; conditional && e != s.log[at].version {
			c.answer = event{"type": "fail", "err": "BADVERSION"}
			return
		}
		s.log = append(s.log, entry{key.(string), c.asked["value"].(string), s.log[at].version + 1})
		c.seen = end + 1
		c.answer = s.answer(end)
		delete(c.answer, "value")
	}
}

func (s *service) answer(at int) event {
	w := s.log[at]
	return event{"type": "ok", "value": w.value, "version": w.version, "zxid": at + 1}
}

// anonymous leaves out versions and zxids, and compare-and-sets become writes.
func anonymous(h *History) *History {
	c := &History{Initial: h.Initial}
	c.Ops = slices.Clone(h.Ops)
	c.Ops = slices.DeleteFunc(c.Ops, func(o Op) bool { return o.Kind == CAS && o.Outcome == Failed })
	for i := range c.Ops {
		o := &c.Ops[i]
		o.Placed, o.Version, o.Zxid = false, 0, nodes.Position{}
		if o.Kind == CAS {
			o.Kind = Write
		}
	}
	return c
}
