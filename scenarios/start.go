package scenarios

import (
	"reflect"
	"time"
)

// Start is what servers have on their disks before the run: what the servers of
// a real ensemble left behind. zabsim inspect --scenario writes it.
type Start struct {
	Servers Remnants  `json:"servers" example:"{s1: {acceptedEpoch: 1, currentEpoch: 1}}" jsonschema:"What is on the disk of each server; servers that are not named are new."`
	History []Span    `json:"history,omitempty" jsonschema:"The transactions that survived, in order, from the first tree on: [1.1..1.44, 2.1..2.60]."`
	Decided Zxid      `json:"decided,omitzero" jsonschema:"The last of them that a quorum has: no leader may be without it."`
	Trees   []Tree    `json:"trees,omitempty" jsonschema:"What snapshots hold. The first one is that from which history goes on; those that follow from it are left out."`
	Txns    []TxnLine `json:"transactions,omitempty" jsonschema:"What the transactions do that stand in logs."`
	// Packed takes the place of Trees and Txns in a file where these are long.
	Packed string `json:"packed,omitempty" jsonschema:"Trees and transactions as JSON, compressed with gzip, in base64."`
}

// Remnants are what servers left behind, in the order of the file.
type Remnants []Remnant

// Remnant is what one server left behind.
type Remnant struct {
	Server string
	RemnantFiles
}

// RemnantFiles are the files of one server.
type RemnantFiles struct {
	AcceptedEpoch *uint64    `json:"acceptedEpoch,omitempty" jsonschema:"The epoch that it has promised."`
	CurrentEpoch  *uint64    `json:"currentEpoch,omitempty" jsonschema:"The epoch whose initial history it has."`
	Snapshot      *Image     `json:"snapshot,omitempty" jsonschema:"The snapshot that it starts from."`
	Logs          []LogPiece `json:"logs,omitempty" jsonschema:"Its log files, oldest first."`
}

// Image is a snapshot file.
type Image struct {
	Zxid  Zxid `json:"zxid" example:"1.3" jsonschema:"The transaction it is named for."`
	Bytes int  `json:"bytes,omitempty" jsonschema:"The size of the file; it decides whether a leader sends transactions or a snapshot."`
}

// LogPiece is a log file.
type LogPiece struct {
	Bytes int    `json:"bytes,omitempty" jsonschema:"The size of the file, with the space allocated in advance."`
	Holds []Span `json:"holds" example:"[1.1..1.44]" jsonschema:"The transactions in it, in order: [1.1..1.44, 2.1]."`
}

// Tree is what a snapshot holds.
type Tree struct {
	Zxid     Zxid          `json:"zxid" example:"1.3" jsonschema:"The transaction that the snapshot is named for."`
	On       []string      `json:"on,omitempty" jsonschema:"The servers that have it so, if not all that have such a snapshot."`
	Sessions []OpenSession `json:"sessions,omitempty" jsonschema:"The sessions that are open."`
	Nodes    []TreeNode    `json:"nodes,omitempty" jsonschema:"The nodes, parents before their children."`
}

// OpenSession is a session. Its client is gone, so it expires.
type OpenSession struct {
	Session SessionName   `json:"session" example:"0x100000000000001" jsonschema:"Its id."`
	Timeout time.Duration `json:"timeout" example:"30s" jsonschema:"After so long it expires."`
}

// TreeNode is a node with what it remembers of its past.
type TreeNode struct {
	Path     string      `json:"path" example:"/a" jsonschema:"Where it is."`
	Data     Data        `json:"data,omitempty" jsonschema:"What it holds: text, or base64: and the bytes in base64."`
	Created  Zxid        `json:"created,omitzero" jsonschema:"czxid: the transaction that made it."`
	Modified Zxid        `json:"modified,omitzero" jsonschema:"mzxid: the one that changed its data last; as created if left out."`
	Changed  Zxid        `json:"changed,omitzero" jsonschema:"pzxid: the one that made or removed a child last; as created if left out."`
	Version  int32       `json:"version,omitempty" jsonschema:"How often its data was changed."`
	Births   int32       `json:"births,omitempty" jsonschema:"How many children it has had."`
	Owner    SessionName `json:"owner,omitempty" jsonschema:"The session that an ephemeral node goes with."`
}

// TxnLine is a transaction.
type TxnLine struct {
	Zxid    Zxid     `json:"zxid" example:"1.3" jsonschema:"Its number."`
	On      []string `json:"on,omitempty" jsonschema:"The servers that have it so, where others have another one of that number."`
	TxnPart `yaml:",inline"`
	Open    SessionName   `json:"open,omitempty" jsonschema:"Opens a session of that id."`
	Timeout time.Duration `json:"timeout,omitempty" jsonschema:"With open: when the session expires."`
	Close   SessionName   `json:"close,omitempty" jsonschema:"Ends a session."`
	Deletes []string      `json:"deletes,omitempty" jsonschema:"With close: its ephemeral nodes."`
	Multi   []TxnPart     `json:"multi,omitempty" jsonschema:"Several changes at once; an error among them undoes all."`
}

// TxnPart is a change of the tree, or the error that an operation ended with.
type TxnPart struct {
	Create  string      `json:"create,omitempty" jsonschema:"Makes a node at that path."`
	Set     string      `json:"set,omitempty" jsonschema:"Gives that node new data."`
	Delete  string      `json:"delete,omitempty" jsonschema:"Removes that node."`
	Check   string      `json:"check,omitempty" jsonschema:"Changes nothing of that node."`
	Error   ErrorName   `json:"error,omitempty" jsonschema:"What went wrong: BADVERSION."`
	Data    Data        `json:"data,omitempty" jsonschema:"With create and set: what the node holds."`
	Version int32       `json:"version,omitempty" jsonschema:"With set: the new version."`
	Births  int32       `json:"births,omitempty" jsonschema:"With create: how many children the parent has had then."`
	Owner   SessionName `json:"owner,omitempty" jsonschema:"With create: the session that the node goes with."`
}

// fromNode implements [reader].
func (r *Remnants) fromNode(d *decoder, n *node) {
	for i, key := range n.keys {
		remnant := Remnant{Server: key.text}
		d.decode(n.items[i], &remnant.RemnantFiles)
		*r = append(*r, remnant)
	}
}

// fromNode implements [reader].
func (s *Start) fromNode(d *decoder, n *node) {
	if n.kind != mapping {
		return
	}
	d.fields(n, reflect.ValueOf(s).Elem())
	if s.Packed == "" {
		return
	}
	if len(s.Trees)+len(s.Txns) > 0 {
		d.r.report(n.key("packed"), "packed takes the place of trees and transactions; leave one of them out")
	} else if err := s.unpack(); err != nil {
		d.r.report(n.value("packed"), "%s", err)
	}
	s.Packed = ""
}
