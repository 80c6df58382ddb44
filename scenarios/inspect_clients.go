package scenarios

import (
	"slices"
	"time"

	"github.com/zabsim/zabsim/scenarios/recipes"
)

// The operations of each app, by their keys in files.
var (
	bankOps  = []string{"transfer", "read", "audit"}
	storeOps = []string{"get", "put", "cas", "delete", "increment", "append"}
	treeOps  = []string{"create", "set", "delete", "get", "exists", "children", "multi", "close-session"}
	// allOps are in the order in which loads draw them.
	allOps = slices.Concat(bankOps, storeOps, []string{"sync", "create", "set", "exists", "children", "multi", "close-session"})
	// readOps are those that a sync can go before.
	readOps = []string{"read", "audit", "get", "exists", "children"}
)

// client checks one client.
func (c *inspector) client(n *node, client *Client) {
	if name := n.value("name"); name.kind == scalar {
		c.name(name)
	}
	if site := n.value("site"); site.kind == scalar && c.settled && !slices.Contains(c.s.siteNames(), client.Site) {
		c.report(site, "%s", Unknown("site", client.Site, c.s.siteNames()))
	}
	c.crowd(n, client)
	c.who(n.value("servers"), client.Servers)
	if n.value("timeout").kind == scalar && client.Timeout == 0 {
		c.report(n.value("timeout"), "a client must wait for answers; write 5s")
	}
	if client.Attempt > client.Timeout {
		c.report(n.at("attempt"), "attempt is %s, longer than timeout, %s", client.Attempt, client.Timeout)
	}
	does := []string{"script", "load", "recipe"}
	if _, ok := c.oneOf(n, "a client", "asks for", does); !ok && len(n.present(does...)) == 0 {
		return
	}
	if client.Recipe != nil {
		c.recipe(n.value("recipe"), client.Recipe)
	}
	c.session(n, client)
	var previous time.Duration
	for i := range client.Script {
		at := n.at("script", i)
		c.step(at, &client.Script[i])
		if client.Script[i].At < previous {
			c.report(at.at("at"), "this step is at %s, before the one above it at %s", client.Script[i].At, previous)
		}
		previous = max(previous, client.Script[i].At)
	}
	if client.Load != nil {
		c.load(n.value("load"), client.Load)
	}
}

// recipe checks what a client in a session does.
func (c *inspector) recipe(n *node, r *Recipe) {
	if follow := n.value("follow"); follow.kind == scalar && !slices.Contains(recipes.Names, r.Follow) {
		c.report(follow, "%s", Unknown("recipe", r.Follow, recipes.Names))
	}
	if c.s.App.Znode == nil {
		c.report(n, "recipes are for app znode")
	}
	if session := n.value("session"); session.kind == scalar && r.Session == 0 {
		c.report(session, "a session needs some time; write 4s")
	}
}

// clientNames reports names that two clients have.
func (c *inspector) clientNames() {
	var seen []string
	for i, client := range c.s.Clients {
		names := client.names()
		for _, name := range names {
			if client.Name != "" && slices.Contains(seen, name) {
				c.report(c.root.at("clients", i, "name"), "another client is called %s already", name)
			}
		}
		seen = append(seen, names...)
	}
}

// step checks one operation of a script.
func (c *inspector) step(n *node, step *Step) {
	c.beforeEnd(n, "at", step.At, "this step")
	known := allOps
	if len(n.present(allOps...)) == 0 { // then those are named that make sense here
		known = append(slices.Clip(apps[c.appIndex()].ops), "sync")
	}
	op, ok := c.oneOf(n, "a step", "asks for", known)
	if !ok {
		return
	}
	c.ofApp(n.key(op), op)
	if step.Synced && !slices.Contains(readOps, op) {
		own := slices.DeleteFunc(slices.Clone(readOps), func(read string) bool { return !slices.Contains(apps[c.appIndex()].ops, read) })
		c.report(n.key("synced"), "synced goes with %s, not with %s", or(own), op)
	}
	c.treeStep(n, op, step)
	if op == "read" {
		c.account(n.value(op), step.Read)
	}
	if t := step.Transfer; t != nil {
		c.account(n.at(op, "from"), t.From)
		c.account(n.at(op, "to"), t.To)
		switch {
		case t.From == t.To:
			c.report(n.at(op, "to"), "this transfer goes back to where it comes from")
		case t.Amount < 1:
			c.report(n.at(op, "amount"), "a transfer moves at least 1")
		}
	}
}

// apps are the state machines, in words, with their operations.
var apps = []struct {
	name string
	has  string
	ops  []string
}{
	{"bank", "a bank", bankOps}, {"kv", "kv", storeOps}, {"znode", "znode", treeOps},
}

// appIndex returns which of the apps the servers replicate.
func (c *inspector) appIndex() int {
	switch {
	case c.hasBank():
		return 0
	case c.s.App.Znode != nil:
		return 2
	default:
		return 1
	}
}

// ofApp reports an operation that the app of the scenario does not have.
func (c *inspector) ofApp(n *node, op string) {
	own := apps[c.appIndex()]
	if slices.Contains(own.ops, op) {
		return
	}
	for _, a := range apps {
		if slices.Contains(a.ops, op) {
			c.report(n, "%s is for app %s; this scenario has %s, with %s", op, a.name, own.has, or(own.ops))
			return
		}
	}
}

// The largest skew of a load, and the most keys that it can have then: beyond
// that the rest is never used.
const (
	maxSkew   = 3
	maxSkewed = 1000
)

// load checks a generated load.
func (c *inspector) load(n *node, load *Traffic) {
	c.beforeEnd(n, "from", load.From, "this load")
	if load.Until != 0 && load.Until <= load.From {
		c.report(n.at("until"), "this load ends at %s, before it begins at %s", load.Until, load.From)
	}
	if operations := n.value("operations"); operations.kind == scalar && load.Operations == 0 {
		c.report(operations, "a load has at least one operation")
	}
	mix := n.value("mix")
	for _, key := range mix.keys {
		c.ofApp(key, key.text)
	}
	if mix.kind == mapping && load.Mix == (Mix{}) && !c.r.within(mix) {
		c.report(mix, "no operation has any weight; write {%s: 50, %s: 50}", c.twoOps()[0], c.twoOps()[1])
	}
	accounts := n.at("accounts")
	for i, name := range load.Accounts {
		c.account(accounts.at(i), name)
	}
	c.distinct(accounts, load.Accounts)
	if c.hasBank() && (load.Mix == (Mix{}) || load.Mix.Transfer > 0) && (len(load.Accounts) == 1 || len(c.s.App.Bank) == 1) {
		c.report(accounts, "transfers need two accounts")
	}
	for _, key := range []string{"accounts", "amount"} {
		if k := n.key(key); k != nil && !c.hasBank() {
			c.report(k, "%s is for app bank; this scenario has %s", key, apps[c.appIndex()].has)
		}
	}
	for _, key := range []string{"keys", "skew"} {
		if k := n.key(key); k != nil && c.hasBank() {
			c.report(k, "%s is for app kv; this scenario has a bank", key)
		}
	}
	if load.Skew > 0 && load.Keys > maxSkewed {
		c.report(n.at("keys"), "with a skew there are at most %d keys", maxSkewed)
	}
	if load.Skew > maxSkew {
		c.report(n.at("skew"), "skew is at most %d; beyond that it is always the first key", maxSkew)
	}
	if rate := n.key("rate"); rate != nil && n.key("think") != nil {
		c.report(rate, "rate takes the place of think; leave one of them out")
	}
	if rate := n.value("rate"); rate.kind == scalar && load.Rate == 0 && !c.r.within(rate) {
		c.report(rate, "a load with a rate of 0 asks for nothing")
	}
}

// twoOps returns two operations of the app, for an example.
func (c *inspector) twoOps() []string { return apps[c.appIndex()].ops[:2] }
