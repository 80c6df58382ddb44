package scenarios

import (
	"slices"
	"strings"
)

// session checks what a client says of its session.
func (c *inspector) session(n *node, client *Client) {
	session := n.value("session")
	switch {
	case session.kind == absent:
	case c.s.App.Znode == nil:
		c.report(n.key("session"), "sessions are for app znode")
	case client.Recipe != nil:
		c.report(n.key("session"), "a recipe has its own session; write recipe: {follow: %s, session: %s}", client.Recipe.Follow, session.text)
	case session.kind == scalar && client.Session == 0:
		c.report(session, "a session needs some time; write 4s")
	}
}

// watchOps are the operations that can leave a watch.
var watchOps = []string{"get", "exists", "children"}

// treeStep checks what goes with an operation on a tree.
func (c *inspector) treeStep(n *node, op string, step *Step) {
	if version := n.key("version"); version != nil && op != "delete" {
		c.report(version, "version goes with delete, not with %s; a set has it inside", op)
	}
	if step.Watch && !slices.Contains(watchOps, op) {
		c.report(n.key("watch"), "watch goes with %s, not with %s", or(watchOps), op)
	}
	if c.s.App.Znode == nil {
		for _, key := range n.present("version", "watch") {
			c.report(n.key(key), "%s is for app znode", key)
		}
		return
	}
	c.treePath(n, op)
	for i := range step.Multi {
		part := n.at("multi", i)
		does, ok := c.oneOf(part, "a part of a multi", "does", partOps)
		if !ok {
			continue
		}
		c.treePath(part, does)
		if version := part.key("version"); version != nil && does != "delete" && does != "check" {
			c.report(version, "version goes with delete or check, not with %s; a set has it inside", does)
		}
	}
}

// partOps are what the parts of a multi can do.
var partOps = []string{"create", "set", "delete", "check"}

// treePath checks the path of an operation.
func (c *inspector) treePath(n *node, op string) {
	at := n.value(op)
	if at.kind == mapping {
		at = at.value("path")
	}
	if at.kind != scalar || op == "multi" || op == "close-session" || op == "sync" || c.r.within(at) {
		return
	}
	switch path := at.text; {
	case !strings.HasPrefix(path, "/"):
		c.report(at, "%q is no path; write /%s", path, path)
	case path != "/" && strings.HasSuffix(path, "/") && op != "create", strings.Contains(path, "//"):
		c.report(at, "%q is no path; names stand between the slashes", path)
	}
}
