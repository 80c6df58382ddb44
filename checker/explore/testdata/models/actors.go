package models

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/nodes"
)

// Register is a model of servers that implement a register together, and of
// clients that each write a value of their own and then read. The network
// neither orders nor repeats messages; losing one is the same as delaying it
// for ever. These are the semantics of Stateright's register examples:
//
//   - servers have the numbers 0 to servers-1, clients follow. Client number i
//     writes 'A', 'B', … at server i mod servers with request number i, then
//     reads at server i+1 mod servers with request number 2i;
//   - a delivery that would neither change the server nor send anything does
//     not happen: the message stays where it is;
//   - what the clients observe is part of the state, with the real-time order.
//
// V is the state of a server, M what servers say to each other.
type Register[V any, M comparable] struct {
	clients int
	servers []V // initially
	handle  handler[V, M]
	enc     nodes.Encoder
}

// handler has server me handle a message. It returns the server's new state
// and false if nothing changed and nothing was sent.
type handler[V any, M comparable] func(me int, v V, from int, msg Msg[M], send func(to int, msg Msg[M])) (V, bool)

// Msg is a message: of the register, or between servers.
type Msg[M comparable] struct {
	Kind  MsgKind
	Req   int
	Value byte // 0: the register was never written
	Inner M
}

// MsgKind is a kind of message.
type MsgKind uint8

// The kinds of messages.
const (
	Inner MsgKind = iota // between servers
	Put
	Get
	PutOK
	GetOK
)

// Delivery is an action: a message arrives.
type Delivery[M comparable] struct {
	From, To int
	Msg      Msg[M]
}

// String returns "4>1 Put 4 B" and the like.
func (d Delivery[M]) String() string {
	if d.Msg.Kind == Inner {
		return fmt.Sprintf("%d>%d %v", d.From, d.To, d.Msg.Inner)
	}
	name := [...]string{Put: "Put", Get: "Get", PutOK: "PutOK", GetOK: "GetOK"}[d.Msg.Kind]
	return fmt.Sprintf("%d>%d %s %d %q", d.From, d.To, name, d.Msg.Req, d.Msg.Value)
}

// RegisterState is a state of a Register. States share slices and never
// change them.
type RegisterState[V any, M comparable] struct {
	Servers []V
	Clients []Client
	Network []Delivery[M] // a multiset, in the order of their encodings
}

// Client is a client and all that it observed.
type Client struct {
	Awaiting int // request number; 0: it is done
	Ops      []Op
}

// Op is an operation of a client.
type Op struct {
	Write    bool
	Value    byte
	Returned bool
	// After is, for each client, how many of its operations had returned when
	// this one began.
	After []int
}

// Initial implements [explore.Model].
func (r *Register[V, M]) Initial() []RegisterState[V, M] {
	s := RegisterState[V, M]{Servers: r.servers, Clients: make([]Client, r.clients)}
	for c := range r.clients {
		r.request(&s, c, 1)
	}
	return []RegisterState[V, M]{s}
}

// request has client c issue its n-th operation, from 1: a write, then a read.
func (r *Register[V, M]) request(s *RegisterState[V, M], c, n int) {
	after := make([]int, r.clients)
	for other := range s.Clients {
		for _, op := range s.Clients[other].Ops {
			if other != c && op.Returned {
				after[other]++
			}
		}
	}
	me := len(r.servers) + c
	msg := Msg[M]{Kind: Get, Req: n * me}
	op := Op{After: after}
	if n == 1 {
		msg.Kind, msg.Value = Put, 'A'+byte(c)
		op.Write, op.Value = true, msg.Value
	}
	client := &s.Clients[c]
	client.Awaiting = msg.Req
	client.Ops = append(slices.Clip(client.Ops), op)
	r.send(s, Delivery[M]{me, (me + n - 1) % len(r.servers), msg})
}

// send puts a message into the network.
func (r *Register[V, M]) send(s *RegisterState[V, M], d Delivery[M]) {
	at, _ := slices.BinarySearchFunc(s.Network, d, func(a, b Delivery[M]) int {
		return bytes.Compare(r.enc.Append(nil, &a), r.enc.Append(nil, &b))
	})
	s.Network = slices.Insert(slices.Clip(s.Network), at, d)
}

// Actions implements [explore.Model].
func (r *Register[V, M]) Actions(s RegisterState[V, M], dst []Delivery[M]) []Delivery[M] {
	for i, d := range s.Network {
		if i == 0 || d != s.Network[i-1] {
			dst = append(dst, d)
		}
	}
	return dst
}

// Next implements [explore.Model].
func (r *Register[V, M]) Next(s RegisterState[V, M], d Delivery[M]) (RegisterState[V, M], bool) {
	at := slices.Index(s.Network, d)
	next := s
	next.Network = slices.Delete(slices.Clone(s.Network), at, at+1)
	if d.To >= len(r.servers) {
		return next, r.answer(&next, d.To-len(r.servers), d.Msg)
	}
	v, happened := r.handle(d.To, s.Servers[d.To], d.From, d.Msg, func(to int, msg Msg[M]) {
		r.send(&next, Delivery[M]{d.To, to, msg})
	})
	next.Servers = slices.Clone(s.Servers)
	next.Servers[d.To] = v
	return next, happened
}

// answer gives a client an answer.
func (r *Register[V, M]) answer(s *RegisterState[V, M], c int, msg Msg[M]) bool {
	if s.Clients[c].Awaiting != msg.Req {
		return false
	}
	s.Clients = slices.Clone(s.Clients)
	client := &s.Clients[c]
	client.Ops = slices.Clone(client.Ops)
	op := &client.Ops[len(client.Ops)-1]
	op.Returned = true
	if msg.Kind == GetOK {
		op.Value = msg.Value
		client.Awaiting = 0
		return true
	}
	r.request(s, c, 2)
	return true
}

// Fork implements [explore.Forker].
func (r *Register[V, M]) Fork() explore.Model[RegisterState[V, M], Delivery[M]] {
	return &Register[V, M]{clients: r.clients, servers: r.servers, handle: r.handle}
}

// AppendTo implements [explore.Model].
func (r *Register[V, M]) AppendTo(b []byte, s RegisterState[V, M]) []byte {
	return r.enc.Append(b, &s)
}

// Properties implements [explore.Model].
func (r *Register[V, M]) Properties() []explore.Property[RegisterState[V, M]] {
	return []explore.Property[RegisterState[V, M]]{
		{Name: "linearizable", Kind: checker.Always, Holds: func(s RegisterState[V, M]) bool {
			return linearizable(s.Clients, make([]int, len(s.Clients)), 0)
		}},
		{Name: "value chosen", Kind: checker.Sometimes, Holds: func(s RegisterState[V, M]) bool {
			return slices.ContainsFunc(s.Network, func(d Delivery[M]) bool { return d.Msg.Kind == GetOK && d.Msg.Value != 0 })
		}},
	}
}

// linearizable reports whether the operations from done on, by client, have an
// order that explains what was read, if the register holds value.
func linearizable(clients []Client, done []int, value byte) bool {
	left := false
	for c := range clients {
		for _, op := range clients[c].Ops[done[c]:] {
			left = left || op.Returned
		}
	}
	if !left {
		return true
	}
	for c := range clients {
		if done[c] == len(clients[c].Ops) {
			continue
		}
		op := &clients[c].Ops[done[c]]
		now := value
		if op.Write {
			now = op.Value
		} else if op.Returned && op.Value != value {
			continue
		}
		if slices.CompareFunc(op.After, done, func(need, have int) int { return max(0, need-have) }) != 0 {
			continue
		}
		done[c]++
		ok := linearizable(clients, done, now)
		done[c]--
		if ok {
			return true
		}
	}
	return false
}

// majority returns how many of n servers are more than half.
func majority(n int) int { return n/2 + 1 }
