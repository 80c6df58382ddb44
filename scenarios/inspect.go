package scenarios

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// inspector looks for what makes no sense in a file whose every part may be
// well-formed. It must cope with parts that are missing or were skipped.
type inspector struct {
	*decoder
	root  *node
	s     *Scenario
	words vocabulary

	servers []string // those of the scenario
	settled bool     // servers and sites are in order, so that unknown names mean something
}

// inspect reports what makes no sense, and sets the options of the protocol.
func inspect(d *decoder, root *node, s *Scenario, words vocabulary) {
	c := &inspector{decoder: d, root: root, s: s, words: words}
	c.general()
	c.protocol()
	c.serverNames()
	c.settings()
	c.app()
	c.start()
	for i := range s.Clients {
		c.client(root.at("clients", i), &s.Clients[i])
	}
	c.clientNames()
	for i := range s.Faults {
		c.fault(root.at("faults", i), &s.Faults[i])
	}
	c.lifetimes()
	if s.Swarm != nil {
		c.swarm(root.value("swarm"), s.Swarm)
	}
	for i := range s.Forks {
		c.fork(root.at("forks", i), i)
	}
	c.properties()
	c.expected()
	c.exploration()
	if s.Sweep != nil {
		c.sweep(root.value("sweep"), s.Sweep)
	}
	for i, note := range s.Notes {
		c.beforeEnd(root.at("notes", i), "at", note.At, "this note")
	}
}

// report is [reporter.report].
func (c *inspector) report(n *node, format string, args ...any) { c.r.report(n, format, args...) }

func (c *inspector) general() {
	s, root := c.s, c.root
	if n := root.value("version"); n.kind == scalar && s.Version != 1 {
		c.report(n, "this is version %s of the format; zabsim reads version 1", n.text)
	}
	if n := root.value("name"); n.kind == scalar {
		c.scenarioName(n)
	}
	if n := root.value("duration"); n.kind == scalar && s.Duration == 0 {
		c.report(n, "a run of no duration shows nothing; write 30s")
	}
}

// name reports a name that would not do in paths and tables.
func (c *inspector) name(n *node) {
	if !isName(n.text) {
		c.report(n, "%q does not do as a name; use letters and digits, with - _ . between them", n.text)
	}
}

// scenarioName reports the name of a scenario that would not do. That of a
// variant, which stands in the files of runs, has two parts.
func (c *inspector) scenarioName(n *node) {
	name, variant, isVariant := strings.Cut(n.text, variantSeparator)
	if !isName(name) || isVariant && !isName(variant) {
		c.name(n)
	}
}

// distinct reports names that stand in a list twice.
func (c *inspector) distinct(n *node, names []string) {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			c.report(n.at(i), "%s stands in this list twice", name)
		}
	}
}

// beforeEnd reports a time that the run does not reach.
func (c *inspector) beforeEnd(n *node, key string, at time.Duration, what string) {
	if end := c.s.Duration; end > 0 && at > end {
		c.report(n.at(key), "%s comes at %s, after the end of the run at %s", what, at, end)
	}
}

// protocol checks the name of the protocol, and what is the protocol's own:
// options and defects.
func (c *inspector) protocol() {
	p := c.words.protocol(c.s.Protocol)
	if p == nil {
		c.report(c.root.at("protocol"), "%s", Unknown("protocol", c.s.Protocol, c.words.protocolNames()))
		return
	}
	c.options(p)
	defects := c.root.at("defects")
	for i, name := range c.s.Defects {
		if _, err := p.Defect(name); err != nil {
			c.report(defects.at(i), "%s", Unknown("defect of "+p.Name, name, defectNames(p)))
		}
	}
	c.distinct(defects, c.s.Defects)
}

func defectNames(p *nodes.Protocol) []string {
	names := make([]string, len(p.Defects))
	for i, d := range p.Defects {
		names[i] = d.Name
	}
	return names
}

// options fills the options of the protocol from the file.
func (c *inspector) options(p *nodes.Protocol) {
	n := c.root.value("options")
	if p.Options == nil {
		if n.kind != absent {
			c.report(c.root.key("options"), "%s has no options", p.Name)
		}
		return
	}
	options := p.Options()
	c.s.Options = options
	if n.kind != mapping {
		return
	}
	of := reflect.TypeOf(options).Elem()
	var known []string
	for field := range of.Fields() {
		known = append(known, fieldName(field))
	}
	for _, key := range n.keys {
		if !slices.Contains(known, key.text) && !strings.HasPrefix(key.text, "x-") {
			c.report(key, "%s", Unknown("option of "+p.Name, key.text, known))
		}
	}
	c.decode(n, options)
}

// settings reports options that make no sense, for the servers there are if
// those are in order.
func (c *inspector) settings() {
	n, p := c.root.value("options"), c.words.protocol(c.s.Protocol)
	if p == nil || p.Check == nil || n.kind != mapping || c.r.within(n) {
		return
	}
	var voters, observers nodes.Set
	if c.settled && !c.r.within(c.root.value("observers")) {
		observers = c.s.selector(c.s.Observers).Set
		voters = c.s.serverSet() &^ observers
	}
	if err := p.Check(c.s.Options, voters, observers); err != nil {
		c.report(c.root.key("options"), "%s", err)
	}
}

// serverNames checks servers, sites, observers and boot.
func (c *inspector) serverNames() {
	s, root := c.s, c.root
	servers, sites := root.value("servers"), root.value("sites")
	switch {
	case servers.kind != absent && sites.kind != absent:
		c.report(root.key("sites"), "the servers are given twice; use servers or sites")
	case servers.kind == absent && sites.kind == absent:
		c.report(root, "there are no servers; add \"servers: 5\" or \"sites: {shanghai: [s1, s2, s3]}\"")
	}
	c.listed(servers, s.Servers)
	if servers.kind != absent {
		sites = &node{}
	}
	for i, key := range sites.keys {
		site := s.Sites[i]
		c.name(key)
		if _, isServer := nodes.ParseID(site.Name); isServer || role(site.Name) != 0 {
			c.report(key, "a site cannot be called %s; that names servers already", site.Name)
		}
		c.listed(sites.items[i], site.Servers)
	}
	c.settled = len(c.servers) > 0 && !c.r.within(servers) && !c.r.within(sites)

	observers := root.at("observers")
	for i, name := range s.Observers {
		c.known(observers.at(i), name, s.siteNames()...)
	}
	c.distinct(observers, s.Observers)
	if c.settled && !c.r.within(observers) && s.selector(s.Observers).Set == s.serverSet() {
		c.report(root.key("observers"), "all servers are observers; nobody is left to vote")
	}
	boot := root.value("boot")
	for i, late := range s.Boot {
		c.known(boot.keys[i], late.Server)
		c.beforeEnd(boot, late.Server, late.At, "this start")
	}
}

// listed checks the names in a list of servers and takes them in.
func (c *inspector) listed(n *node, names []string) {
	for i, name := range names {
		_, ok := nodes.ParseID(name)
		switch at := n.at(i); {
		case !ok:
			c.report(at, "%q is not the name of a server; they are s1 to s%d", name, nodes.MaxServers)
		case slices.Contains(c.servers, name):
			c.report(at, "%s is listed twice", name)
		default:
			c.servers = append(c.servers, name)
		}
	}
}

// known reports a name that is not one of the servers, nor one of the others.
func (c *inspector) known(n *node, name string, others ...string) {
	if names := slices.Concat(c.servers, others); c.settled && !slices.Contains(names, name) {
		c.report(n, "%s", Unknown("server", name, names))
	}
}

// siteNames returns the names of the sites.
func (s *Scenario) siteNames() []string {
	names := make([]string, len(s.Sites))
	for i, site := range s.Sites {
		names[i] = site.Name
	}
	return names
}

// who checks the names of servers, sites and, where allowed, roles.
func (c *inspector) who(n *node, names Who, allowed ...string) {
	if !c.settled {
		return
	}
	known := slices.Concat(c.servers, c.s.siteNames(), allowed)
	roles := 0
	for i, name := range names {
		at := n.at(i)
		but, leavesOut := strings.CutPrefix(name, butPrefix)
		if leavesOut {
			name = but
		}
		if !slices.Contains(known, name) {
			if role(name) != 0 {
				c.report(at, "%q has no meaning here; %s", name, choices(known))
			} else {
				c.report(at, "%s", Unknown("server or site", name, known))
			}
		}
		if role(name) != 0 && !leavesOut {
			roles++
		}
	}
	if roles > 1 {
		c.report(n, "one list can name one role; this one names %d", roles)
	}
	c.distinct(n, names)
}

// app checks the state machine.
func (c *inspector) app() {
	n := c.root.value("app")
	if n.kind != mapping {
		return
	}
	switch kinds := n.present("bank", "kv", "znode"); {
	case c.r.within(n):
	case len(kinds) == 0:
		c.report(n, "there is no app here; %s", choices([]string{"bank", "kv", "znode"}))
	case len(kinds) > 1:
		c.report(n.key(kinds[1]), "servers replicate one app; this is the second")
	case kinds[0] == "bank" && len(c.s.App.Bank) == 0:
		c.report(n.value("bank"), "a bank has accounts; write {alice: 100, bob: 0}")
	}
	for _, key := range n.value("bank").keys {
		c.name(key)
	}
}

// hasBank reports whether the servers replicate a bank.
func (c *inspector) hasBank() bool { return c.s.App.Bank != nil }

// account reports a name that is not one of the accounts.
func (c *inspector) account(n *node, name string) {
	names := c.s.accountNames()
	if len(names) > 0 && !slices.Contains(names, name) {
		c.report(n, "%s", Unknown("account", name, names))
	}
}

func (s *Scenario) accountNames() []string {
	names := make([]string, len(s.App.Bank))
	for i, account := range s.App.Bank {
		names[i] = account.Name
	}
	return names
}

// oneOf reports how many of the alternatives a mapping has, if not one; it
// returns the one.
func (c *inspector) oneOf(n *node, what, does string, alternatives []string) (string, bool) {
	if c.r.within(n) {
		return "", false
	}
	switch found := n.present(alternatives...); len(found) {
	case 1:
		return found[0], true
	case 0:
		c.report(n, "%s %s nothing; %s", what, does, choices(alternatives))
	default:
		c.report(n.key(found[1]), "%s %s one thing; this one has %s", what, does, strings.Join(found, " and "))
	}
	return "", false
}
