package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/bank"
	"github.com/zabsim/zabsim/nodes/app/kv"
	"github.com/zabsim/zabsim/scenarios/recipes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
)

// client makes the i-th client, from 0.
func (s *Scenario) client(i int) sim.Client {
	from := &s.Clients[i]
	made := sim.Client{
		Name: from.Name, Site: from.Site, Servers: s.contacts(from),
		Timeout: from.Timeout, Attempt: from.Attempt, Retry: from.Retry,
	}
	id := nodes.ClientID(i + 1)
	if r := from.Recipe; r != nil {
		made.Until, made.Session, made.Watcher = r.Until, r.Session, recipes.Watcher{Client: id}
		made.Recipe = recipes.ByName(r.Follow, recipes.Player{
			Client: id, ThinkMin: r.Think.Min, ThinkMax: r.Think.Max, Players: s.followers(r.Follow),
		})
		return made
	}
	tree := s.App.Znode != nil
	if tree {
		made.Session, made.Watcher = from.Session, recipes.Watcher{Client: id}
	}
	if from.Load != nil {
		made.Until = from.Load.Until
		made.Workload = generator{client: id, load: from.Load, tree: tree}
		return made
	}
	script := make(sim.Script, len(from.Script))
	for j := range from.Script {
		script[j] = from.Script[j].op(id, j, tree)
	}
	made.Workload = script
	return made
}

// followers counts the clients that follow a recipe.
func (s *Scenario) followers(recipe string) int {
	n := 0
	for i := range s.Clients {
		if r := s.Clients[i].Recipe; r != nil && r.Follow == recipe {
			n++
		}
	}
	return n
}

// contacts returns the servers a client talks to: those it names, else those of
// its site, else all.
func (s *Scenario) contacts(c *Client) []nodes.ID {
	names := c.Servers
	if names == nil && c.Site != "" {
		names = Who{c.Site}
	}
	var ids []nodes.ID
	for _, name := range names {
		for id := range s.members(name).All() {
			ids = append(ids, id)
		}
	}
	if ids == nil {
		for id := range s.serverSet().All() {
			ids = append(ids, id)
		}
	}
	return ids
}

// op returns the step as the i-th operation of a client, from 0.
func (step *Step) op(client nodes.ClientID, i int, tree bool) sim.Op {
	class, body := step.request()
	if tree {
		class, body = step.treeRequest()
	}
	return sim.Op{At: step.At, Class: class, Body: app.Identify(client, uint32(i+1), body)}
}

// request returns what a step asks of the servers.
func (step *Step) request() (nodes.Class, []byte) {
	read := nodes.Read
	if step.Synced {
		read = nodes.SyncedRead
	}
	switch {
	case step.Transfer != nil:
		return nodes.Write, bank.Transfer(step.Transfer.From, step.Transfer.To, step.Transfer.Amount)
	case step.Put != nil:
		return nodes.Write, kv.Put(step.Put.Key, string(step.Put.Value))
	case step.CAS != nil:
		return nodes.Write, kv.CAS(step.CAS.Key, string(step.CAS.Old), string(step.CAS.New))
	case step.Delete != "":
		return nodes.Write, kv.Delete(step.Delete)
	case step.Increment != nil:
		return nodes.Write, kv.Increment(step.Increment.Key, step.Increment.By)
	case step.Append != nil:
		return nodes.Write, kv.Append(step.Append.Key, string(step.Append.Value))
	case step.Read != "":
		return read, bank.Read(step.Read)
	case step.Audit:
		return read, bank.Audit()
	case step.Get != "":
		return read, kv.Get(step.Get)
	default:
		return nodes.Sync, nil
	}
}

// generator is the workload of a [Traffic]. An operation follows from its draws
// alone.
type generator struct {
	client nodes.ClientID
	load   *Traffic
	tree   bool    // and not a bank or a store
	told   *[]Step // nil, or where each step is noted, in their order
}

// Op implements [sim.Workload].
func (g generator) Op(i int, src choice.Source, s *choice.Stream) (sim.Op, bool) {
	if g.load.Operations > 0 && i >= g.load.Operations {
		return sim.Op{}, false
	}
	if src == nil { // the model checker's worlds draw nothing: every path has the same operations
		src = choice.Seed(0)
	}
	draw := g.load.draw
	if g.tree {
		draw = g.load.drawTree
	}
	step := draw(drawer{src, s})
	if step.Append != nil { // an element of its own, so that lists tell who added what
		step.Append.Value = Text(fmt.Sprintf("%d.%d", g.client, i+1))
	}
	step.At, step.Synced = g.load.From, g.load.Synced
	if g.told != nil {
		*g.told = append(*g.told, step)
	}
	op := step.op(g.client, i, g.tree)
	if g.load.Rate > 0 {
		slot := int64(time.Second) / int64(g.load.Rate)
		op.At += time.Duration(int64(i)*slot + choice.Between(src, 0, slot-1, s))
		return op, true
	}
	op.Pause = time.Duration(choice.Between(src, int64(g.load.Think.Min), int64(g.load.Think.Max), s))
	return op, true
}

// drawer draws numbers from one stream.
type drawer struct {
	src    choice.Source
	stream *choice.Stream
}

// below draws a number in [0, n).
func (d drawer) below(n int) int { return int(d.src.Intn(int64(n), d.stream)) }

// values is how many different values a load gives to the keys of a store: few
// enough that a compare-and-set sometimes finds what it expects.
const values = 9

// draw draws one operation.
func (l *Traffic) draw(d drawer) Step {
	switch l.Mix.draw(d) {
	case "transfer":
		from := d.below(len(l.Accounts))
		to := (from + 1 + d.below(len(l.Accounts)-1)) % len(l.Accounts)
		amount := 1 + d.src.Intn(l.Amount, d.stream)
		return Step{Transfer: &Transfer{From: l.Accounts[from], To: l.Accounts[to], Amount: amount}}
	case "read":
		return Step{Read: l.Accounts[d.below(len(l.Accounts))]}
	case "audit":
		return Step{Audit: true}
	case "get":
		return Step{Get: l.readKey(d)}
	case "put":
		return Step{Put: &Put{Key: l.key(d), Value: value(d)}}
	case "cas":
		return Step{CAS: &CAS{Key: l.key(d), Old: value(d), New: value(d)}}
	case "delete":
		return Step{Delete: l.key(d)}
	case "increment":
		return Step{Increment: &Increment{Key: counters + l.number(d), By: 1 + d.src.Intn(values, d.stream)}}
	case "append":
		return Step{Append: &Put{Key: lists + l.number(d)}}
	default:
		return Step{Sync: true}
	}
}

// The letters that keys begin with: what a register holds is no number or list.
const (
	registers = "k"
	counters  = "n"
	lists     = "l"
)

func (l *Traffic) key(d drawer) string { return registers + l.number(d) }

// readKey draws a key of those that the load writes.
func (l *Traffic) readKey(d drawer) string {
	of := []string{registers}
	if l.Mix.Increment > 0 {
		of = append(of, counters)
	}
	if l.Mix.Append > 0 {
		of = append(of, lists)
	}
	if len(of) == 1 {
		return l.key(d)
	}
	return of[d.below(len(of))] + l.number(d)
}

// number draws the number of a key: number i is drawn 1/i^Skew times as often as
// the first.
func (l *Traffic) number(d drawer) string {
	if l.Skew == 0 {
		return strconv.Itoa(1 + d.below(l.Keys))
	}
	const whole = 1_000_000
	weight := func(i int) int {
		w := whole
		for range l.Skew {
			w /= i
		}
		return max(1, w)
	}
	total := 0
	for i := range l.Keys {
		total += weight(i + 1)
	}
	drawn, i := d.below(total), 1
	for ; drawn >= weight(i); i++ {
		drawn -= weight(i)
	}
	return strconv.Itoa(i)
}

func value(d drawer) Text { return Text(strconv.Itoa(1 + d.below(values))) }

// draw draws the key of an operation by its weight.
func (m *Mix) draw(d drawer) string {
	weights := m.weights()
	total := 0
	for _, w := range weights {
		total += w
	}
	drawn, i := d.below(total), 0
	for ; drawn >= weights[i]; i++ {
		drawn -= weights[i]
	}
	return allOps[i]
}

// weights returns the weight of each of allOps.
func (m *Mix) weights() [16]int {
	return [...]int{
		m.Transfer, m.Read, m.Audit, m.Get, m.Put, m.CAS, m.Delete, m.Increment, m.Append, m.Sync,
		m.Create, m.Set, m.Exists, m.Children, m.Multi, m.CloseSession,
	}
}

// Writes returns the weight of all operations that write, and that of all others.
func (m *Mix) Writes() (writes, others int) {
	for i, w := range m.weights() {
		if op := allOps[i]; op == "sync" || slices.Contains(readOps, op) {
			others += w
		} else {
			writes += w
		}
	}
	return writes, others
}
