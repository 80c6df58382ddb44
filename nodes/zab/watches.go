package zab

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// Watches are one-shot and kept only at the server the client is connected to.
// They fire while the transaction is applied, so that the event is on its way
// before any answer that shows the change (R-CLI-14).

// watch leaves the watches that a read asks for, and tells what has happened
// already.
func (n *Node) watch(client nodes.ClientID, op, answer []byte) {
	a := n.clients.attachment(client)
	m, ok := n.db.replica.Machine.(nodes.Watchable)
	if a == nil || !ok {
		return
	}
	keys, events := m.Watch(op, answer)
	for _, key := range keys {
		if i, known := slices.BinarySearch(a.watches, key); !known {
			a.watches = slices.Insert(a.watches, i, key)
		}
	}
	for _, event := range events {
		n.out.Notify(client, n.db.lastProcessed.Position(), event)
	}
}

// fire tells the clients what they wanted to know about a transaction that was
// just applied with that result.
func (n *Node) fire(t *Txn, result []byte) {
	m, ok := n.db.replica.Machine.(nodes.Watchable)
	if !ok || n.cfg.has(watchEventsLost) && t.Zxid%4 == 0 {
		return
	}
	for _, f := range m.Fire(t.Body, result) {
		for i := range n.clients.attached {
			if a := &n.clients.attached[i]; a.use(f.Keys) {
				n.out.Notify(a.client, n.db.lastProcessed.Position(), f.Event)
			}
		}
	}
}

// use takes the watches with these keys, and reports whether there was one.
func (a *attachment) use(keys []string) (found bool) {
	for _, key := range keys {
		if i, known := slices.BinarySearch(a.watches, key); known {
			a.watches = slices.Delete(a.watches, i, i+1)
			found = true
		}
	}
	return found
}
