package scenarios

import "time"

// Client is someone who asks the servers for something: by a script, as a
// generated load, or by a recipe.
type Client struct {
	Name    string        `json:"name" example:"teller-1" jsonschema:"Name of the client in reports."`
	Site    string        `json:"site,omitempty" jsonschema:"Where the client is. A partition of sites cuts it off too, and it talks to the servers of its site unless servers says otherwise."`
	Sites   Crowd         `json:"sites,omitempty" example:"{shanghai: 3}" jsonschema:"So many clients like this at each site, in place of one: {shanghai: 3, guangzhou: 1}. They are called NAME-SITE-1 and so on."`
	Servers Who           `json:"servers,omitempty" jsonschema:"The servers it talks to, in the order it tries them: names or sites. Without site and servers: all."`
	Timeout time.Duration `json:"timeout,omitempty" default:"5s" jsonschema:"How long it waits for the outcome of an operation."`
	Attempt time.Duration `json:"attempt,omitempty" jsonschema:"How long it waits for one server before it tries the next; the whole timeout if left out."`
	Session time.Duration `json:"session,omitempty" jsonschema:"Tree: timeout of the session that it asks for; 4s if left out. A recipe has its own."`
	Retry   bool          `json:"retry,omitempty" jsonschema:"Send an operation again to another server when its outcome at the first is unknown."`
	Script  []Step        `json:"script,omitempty" jsonschema:"Operations at fixed times, one after the other."`
	Load    *Traffic      `json:"load,omitempty" jsonschema:"Generated operations."`
	Recipe  *Recipe       `json:"recipe,omitempty" jsonschema:"What clients of ZooKeeper do, in a session: {follow: lock}."`
}

// Recipe makes a client of ZooKeeper: it keeps a session, is connected to one
// server at a time, and goes by what it hears. Timeout, attempt and retry of the
// client mean nothing then.
type Recipe struct {
	Follow  string        `json:"follow" example:"lock" jsonschema:"lock, election, barrier, counter, or tree: a bit of everything."`
	Session time.Duration `json:"session,omitempty" default:"4s" jsonschema:"Timeout of the session that it asks for."`
	Think   Range         `json:"think,omitzero" default:"10ms..100ms" jsonschema:"Pause before each operation."`
	Until   time.Duration `json:"until,omitempty" jsonschema:"No operation begins from this time on; the session goes on."`
}

// Step is one operation of a script; besides At and Synced one field is set.
type Step struct {
	At       time.Duration `json:"at" example:"10s" jsonschema:"When the operation begins, or when the one before has ended if that is later."`
	Transfer *Transfer     `json:"transfer,omitempty" jsonschema:"Bank: move money, {from: alice, to: bob, amount: 80}. Refused if it would overdraw."`
	Read     string        `json:"read,omitempty" jsonschema:"Bank: the balance of an account."`
	Audit    bool          `json:"audit,omitempty" jsonschema:"Bank: all balances at once. Write audit: true."`
	Get      string        `json:"get,omitempty" jsonschema:"Store: the value of a key. Tree: data and version of a node."`
	Put      *Put          `json:"put,omitempty" jsonschema:"Store: set a key, {key: x, value: 1}."`
	CAS      *CAS          `json:"cas,omitempty" jsonschema:"Store: set a key if it has a certain value, {key: x, old: 1, new: 2}."`
	Delete   string        `json:"delete,omitempty" jsonschema:"Store: remove a key. Tree: remove a node that has no children."`

	TreeStep `yaml:",inline"`

	Increment *Increment `json:"increment,omitempty" jsonschema:"Store: add to the number that a key has, {key: n, by: 1}."`
	Append    *Put       `json:"append,omitempty" jsonschema:"Store: add an element to the list that a key has, {key: l, value: a}."`

	Sync   bool `json:"sync,omitempty" jsonschema:"Wait until the server has caught up with the leader. Write sync: true."`
	Synced bool `json:"synced,omitempty" jsonschema:"With read, audit, get, exists or children: sync first, so that the answer is not stale."`
}

// Transfer moves money.
type Transfer struct {
	From   string `json:"from" example:"alice" jsonschema:"Account to take from."`
	To     string `json:"to" example:"bob" jsonschema:"Account to give to."`
	Amount int64  `json:"amount" example:"80" jsonschema:"How much."`
}

// Put sets a key.
type Put struct {
	Key   string `json:"key" example:"x" jsonschema:"The key."`
	Value Text   `json:"value" example:"1" jsonschema:"Its new value."`
}

// Increment adds to a number.
type Increment struct {
	Key string `json:"key" example:"n" jsonschema:"The key."`
	By  int64  `json:"by,omitempty" default:"1" jsonschema:"How much."`
}

// CAS sets a key that has a certain value.
type CAS struct {
	Key string `json:"key" example:"x" jsonschema:"The key."`
	Old Text   `json:"old" example:"1" jsonschema:"The value it must have."`
	New Text   `json:"new" example:"2" jsonschema:"The value it gets."`
}

// Text is a value of the store; files may write it as a number.
type Text string

// Traffic is a stream of operations drawn from the seed.
type Traffic struct {
	Operations int           `json:"operations,omitempty" jsonschema:"How many operations; without it as many as fit."`
	From       time.Duration `json:"from,omitempty" jsonschema:"When the first one begins."`
	Until      time.Duration `json:"until,omitempty" jsonschema:"None begins from this time on."`
	Think      Range         `json:"think,omitzero" default:"10ms..50ms" jsonschema:"Pause between an answer and the next operation."`
	Rate       int           `json:"rate,omitempty" jsonschema:"Operations in a second of virtual time, in place of think; those that an answer kept waiting follow at once."`
	Mix        Mix           `json:"mix,omitzero" jsonschema:"Which operations, by weight: {transfer: 60, read: 30, audit: 10}."`
	Synced     bool          `json:"synced,omitempty" jsonschema:"Sync before every read, audit, get, exists and children."`
	Accounts   []string      `json:"accounts,omitempty" jsonschema:"Bank: the accounts it uses; all if left out."`
	Amount     int64         `json:"amount,omitempty" jsonschema:"Bank: transfers move 1 to this much."`
	Keys       int           `json:"keys,omitempty" jsonschema:"Store: how many keys it uses; they are called k1, k2 ..., those that count n1, n2 ..., those with lists l1, l2 ... Tree: how many nodes it uses below the root, /k1, /k2 ..., each with three below it."`
	Skew       int           `json:"skew,omitempty" jsonschema:"Store and tree: 0 uses all keys alike; 1 the second half as often as the first, the third a third as often; 2 and 3 more so."`
}

// Mix says how often each operation is drawn, relative to the others.
type Mix struct {
	Transfer int `json:"transfer,omitempty"`
	Read     int `json:"read,omitempty"`
	Audit    int `json:"audit,omitempty"`
	Get      int `json:"get,omitempty"`
	Put      int `json:"put,omitempty"`
	CAS      int `json:"cas,omitempty"`
	Delete   int `json:"delete,omitempty"`

	Increment int `json:"increment,omitempty"`
	Append    int `json:"append,omitempty"`

	Sync int `json:"sync,omitempty"`

	Create       int `json:"create,omitempty"`
	Set          int `json:"set,omitempty"`
	Exists       int `json:"exists,omitempty"`
	Children     int `json:"children,omitempty"`
	Multi        int `json:"multi,omitempty"`
	CloseSession int `json:"close-session,omitempty"`
}
