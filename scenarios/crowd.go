package scenarios

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/goccy/go-yaml"
)

// Crowd is how many clients there are at each site that all do the same, in the
// order of the file.
type Crowd []Group

// Group is the clients at one site.
type Group struct {
	Site  string
	Count int
}

// mostInGroup bounds how many clients a file can ask for by number.
const mostInGroup = 1000

// names returns what the clients are called that an entry of the file stands for:
// one has its own name, those of a crowd "teller-shanghai-1" and so on.
func (c *Client) names() []string {
	if c.Sites == nil {
		return []string{c.Name}
	}
	var names []string
	for _, group := range c.Sites {
		for i := range min(group.Count, mostInGroup) {
			names = append(names, fmt.Sprintf("%s-%s-%d", c.Name, group.Site, i+1))
		}
	}
	return names
}

// disperse returns the clients with those of crowds one by one, each at its site.
func disperse(clients []Client) []Client {
	var all []Client
	for i := range clients {
		client := &clients[i]
		if client.Sites == nil {
			all = append(all, *client)
			continue
		}
		names := client.names()
		for _, group := range client.Sites {
			for range group.Count {
				one := *client
				deepen(reflect.ValueOf(&one).Elem())
				one.Name, one.Site, one.Sites = names[0], group.Site, nil
				all, names = append(all, one), names[1:]
			}
		}
	}
	return all
}

// crowd checks how many clients there are at each site.
func (c *inspector) crowd(n *node, client *Client) {
	sites := n.value("sites")
	if sites.kind != mapping {
		return
	}
	if n.key("site") != nil {
		c.report(n.key("site"), "a client has a site, or sites with so many of its kind")
	}
	for i, key := range sites.keys {
		if c.settled && !slices.Contains(c.s.siteNames(), key.text) {
			c.report(key, "%s", Unknown("site", key.text, c.s.siteNames()))
		} else if sites.items[i].kind == scalar && client.Sites[i].Count == 0 {
			c.report(sites.items[i], "0 clients ask for nothing; leave %s out", key.text)
		}
	}
}

// fromNode implements [reader].
func (c *Crowd) fromNode(d *decoder, n *node) {
	for i, key := range n.keys {
		group := Group{Site: key.text}
		d.decode(n.items[i], &group.Count)
		*c = append(*c, group)
	}
}

// MarshalYAML implements yaml.InterfaceMarshaler.
func (c Crowd) MarshalYAML() (any, error) {
	made := make(yaml.MapSlice, len(c))
	for i, group := range c {
		made[i] = yaml.MapItem{Key: group.Site, Value: group.Count}
	}
	return made, nil
}
