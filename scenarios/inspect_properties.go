package scenarios

import (
	"slices"
	"time"

	"github.com/zabsim/zabsim/checker"
)

// bankProperties say something about accounts, treeProperties about nodes and
// sessions; gapProperties bound a time that passes anywhere in a run.
var (
	bankProperties = []string{"conservation", "no-overdraft"}
	treeProperties = []string{"fifo-client-order", "ephemeral-life", "one-ephemeral-owner", "sequence-numbers", "watch-order"}
	gapProperties  = []string{"write-gap", "read-gap"}
)

// properties checks the three lists of properties.
func (c *inspector) properties() {
	n := c.root.value("properties")
	lists := c.s.Properties
	if n.kind == mapping && len(lists.Always)+len(lists.Eventually)+len(lists.Sometimes) == 0 && !c.r.within(n) {
		c.report(n, "nothing is checked; add \"always: [agreement, total-order]\"")
	}
	c.claims(n.value("always"), checker.Always, lists.Always)
	c.claims(n.value("eventually"), checker.Eventually, lists.Eventually)
	c.claims(n.value("sometimes"), checker.Sometimes, lists.Sometimes)
}

// claims checks one list.
func (c *inspector) claims(n *node, kind checker.Kind, claims []Claim) {
	for i, claim := range claims {
		at := n.at(i)
		c.claim(at, kind, claim)
		if slices.ContainsFunc(claims[:i], func(other Claim) bool { return other.Name == claim.Name }) {
			c.report(at, "%s stands in this list twice", claim.Name)
		}
	}
}

func (c *inspector) claim(n *node, kind checker.Kind, claim Claim) {
	if claim.Name == "" {
		return
	}
	if of, inside, ok := family(claim.Name); ok && kind == checker.Sometimes {
		if of == "leader-is" {
			c.known(n, inside)
		}
		return
	}
	names := c.words.propertyNames(kind)
	if !slices.Contains(names, claim.Name) {
		if other, ok := c.words.kindOf(claim.Name); ok {
			c.report(n, "%s goes under %s, not %s", claim.Name, other, kind)
			return
		}
		c.report(n, "%s", Unknown("property", claim.Name, names))
	}
	if slices.Contains(bankProperties, claim.Name) && !c.hasBank() {
		c.report(n, "%s is about app bank; this scenario has %s", claim.Name, apps[c.appIndex()].has)
	}
	if slices.Contains(treeProperties, claim.Name) && c.s.App.Znode == nil {
		c.report(n, "%s is about app znode", claim.Name)
	}
	if kind != checker.Eventually {
		return
	}
	if slices.Contains(gapProperties, claim.Name) {
		if claim.Within == 0 {
			c.report(n, "%s needs a bound: {%s: {within: 2s}}", claim.Name, claim.Name)
		}
		return
	}
	last, at := c.lastFault(), n.at(claim.Name, "within")
	if end := c.s.Duration; claim.Within > 0 && end > 0 && last+claim.Within > end {
		c.report(at, "the run ends %s after its last fault; %s cannot be judged within %s",
			(end - last).String(), claim.Name, claim.Within)
	}
}

// lastFault returns when the last fault is over, as far as the file tells.
func (c *inspector) lastFault() time.Duration {
	var last time.Duration
	for _, f := range c.s.Faults {
		last = max(last, f.At+f.For)
	}
	for _, boot := range c.s.Boot {
		last = max(last, boot.At)
	}
	return min(last, c.s.Duration)
}

// expected checks what protocols are expected to violate.
func (c *inspector) expected() {
	n := c.root.value("expect")
	claimed := c.s.Properties.violable()
	for i, expectation := range c.s.Expect {
		key, value := n.keys[i], n.items[i]
		if c.words.protocol(expectation.Protocol) == nil {
			c.report(key, "%s", Unknown("protocol", key.text, c.words.protocolNames()))
		}
		switch {
		case value.kind == scalar && value.text != "pass":
			c.report(value, "%q is no expectation; write pass, or {violates: agreement}", value.text)
		case expectation.Violates != "" && !slices.Contains(claimed, expectation.Violates):
			c.violates(value.at("violates"), expectation.Violates, claimed)
		}
	}
}

// violates reports a property that is expected to fail but is not checked.
func (c *inspector) violates(n *node, name string, claimed []string) {
	if slices.Contains(c.words.violable(), name) {
		c.report(n, "this scenario does not check %s; add it to its properties", name)
		return
	}
	c.report(n, "%s", Unknown("property", name, claimed))
}

// violable returns the names of the properties that can be violated.
func (p Properties) violable() []string {
	var names []string
	for _, claim := range slices.Concat(p.Always, p.Eventually) {
		names = append(names, claim.Name)
	}
	return names
}
