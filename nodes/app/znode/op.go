package znode

import (
	"math"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// Kind says what an operation does.
type Kind uint8

// The kinds of operations.
const (
	KindCreate       Kind = iota + 1 // make a node with some data
	KindSet                          // give a node new data (ZooKeeper's setData)
	KindDelete                       // remove a node without children
	KindGet                          // tell data and stat of a node (getData)
	KindExists                       // tell the stat of a node
	KindChildren                     // tell the names of a node's children (getChildren)
	KindCheck                        // demand a version, inside a multi
	KindMulti                        // several operations, all or nothing
	KindCloseSession                 // end the session that asks, with its ephemeral nodes
	KindSetWatches                   // set watches again after a reconnect (R-CLI-15)
)

// AnyVersion as the version of a set, delete or check means that the node may
// have whatever version it has (R-CLI-11).
const AnyVersion = -1

// Op is an operation in readable form.
type Op struct {
	Kind    Kind
	Path    string
	Data    string // KindCreate, KindSet
	Version int32  // KindSet, KindDelete, KindCheck: the version the node must have, or AnyVersion
	// Ephemeral (KindCreate): the node goes with the session that creates it.
	Ephemeral bool
	// Sequential (KindCreate): the node's name is Path and a number that only
	// grows (R-CLI-12).
	Sequential bool
	// Watch (KindGet, KindExists, KindChildren): tell of the next change.
	Watch   bool
	Ops     []Op    // KindMulti
	Watches Watches // KindSetWatches
}

// Watches are the watches a client still waits for when it comes to another
// server, by path, and what it has seen so far.
type Watches struct {
	Seen     nodes.Position
	Data     []string
	Exist    []string
	Children []string
}

// Create returns the operation that makes a persistent node.
func Create(path, data string) []byte { return Op{Kind: KindCreate, Path: path, Data: data}.Body() }

// Set returns the operation that gives a node new data.
func Set(path, data string, version int32) []byte {
	return Op{Kind: KindSet, Path: path, Data: data, Version: version}.Body()
}

// Delete returns the operation that removes a node.
func Delete(path string, version int32) []byte {
	return Op{Kind: KindDelete, Path: path, Version: version}.Body()
}

// Get returns the operation that reads a node.
func Get(path string) []byte { return Op{Kind: KindGet, Path: path}.Body() }

// Exists returns the operation that tells whether there is a node.
func Exists(path string) []byte { return Op{Kind: KindExists, Path: path}.Body() }

// Children returns the operation that lists the children of a node.
func Children(path string) []byte { return Op{Kind: KindChildren, Path: path}.Body() }

// Multi returns the operation that carries out several writes and checks, or
// none of them.
func Multi(ops ...Op) []byte { return Op{Kind: KindMulti, Ops: ops}.Body() }

// CloseSession returns the operation that ends the session it is sent in.
func CloseSession() []byte { return Op{Kind: KindCloseSession}.Body() }

// Reads reports whether the operation changes nothing, so that any server may
// answer it.
func (o Op) Reads() bool {
	switch o.Kind {
	case KindGet, KindExists, KindChildren, KindSetWatches:
		return true
	default:
		return false
	}
}

// Body returns the operation as a client sends it.
func (o Op) Body() []byte { return o.appendTo(nil) }

func (o Op) appendTo(b []byte) []byte {
	b = append(b, byte(o.Kind))
	switch o.Kind {
	case KindMulti:
		b = wire.AppendUint(b, uint64(len(o.Ops)))
		for _, sub := range o.Ops {
			b = sub.appendTo(b)
		}
		return b
	case KindCloseSession:
		return b
	case KindSetWatches:
		return o.Watches.appendTo(b)
	}
	b = wire.AppendText(b, o.Path)
	switch o.Kind {
	case KindCreate:
		b = wire.AppendText(b, o.Data)
		b = append(b, flag(o.Ephemeral)|flag(o.Sequential)<<1)
	case KindSet:
		b = wire.AppendText(b, o.Data)
		b = wire.AppendInt(b, int64(o.Version))
	case KindDelete, KindCheck:
		b = wire.AppendInt(b, int64(o.Version))
	default:
		b = append(b, flag(o.Watch))
	}
	return b
}

func (w *Watches) appendTo(b []byte) []byte {
	b = appendPosition(b, w.Seen)
	for _, paths := range [...][]string{w.Data, w.Exist, w.Children} {
		b = appendTexts(b, paths)
	}
	return b
}

// Parse reads an operation. The only error is [app.ErrMalformed].
func Parse(body []byte) (Op, error) {
	r := wire.Read(body)
	o := readOp(&r, true)
	if err := r.End(); err != nil {
		return Op{}, err
	}
	return o, nil
}

// readOp reads an operation; those of a multi may not be multis themselves, nor
// anything that does not change the tree.
func readOp(r *wire.Reader, outermost bool) Op {
	o := Op{Kind: Kind(r.Byte())}
	if !outermost && o.Kind != KindCheck && (o.Kind < KindCreate || o.Kind > KindDelete) {
		r.Fail()
		return Op{}
	}
	switch o.Kind {
	case KindMulti:
		for range r.Count() {
			o.Ops = append(o.Ops, readOp(r, false))
		}
		return o
	case KindCloseSession:
		return o
	case KindSetWatches:
		o.Watches = Watches{Seen: readPosition(r), Data: readTexts(r), Exist: readTexts(r), Children: readTexts(r)}
		return o
	}
	o.Path = string(r.Text())
	switch o.Kind {
	case KindCreate:
		o.Data = string(r.Text())
		flags := readFlags(r, 2)
		o.Ephemeral, o.Sequential = flags&1 != 0, flags&2 != 0
	case KindSet:
		o.Data = string(r.Text())
		o.Version = readVersion(r)
	case KindDelete, KindCheck:
		o.Version = readVersion(r)
	case KindGet, KindExists, KindChildren:
		o.Watch = readFlags(r, 1) != 0
	default:
		r.Fail()
	}
	return o
}

func readVersion(r *wire.Reader) int32 {
	v := r.Int()
	if v < math.MinInt32 || v > math.MaxInt32 {
		r.Fail()
		return 0
	}
	return int32(v)
}

// readFlags reads a byte of which only the lowest bits may be set.
func readFlags(r *wire.Reader, bits uint) byte {
	b := r.Byte()
	if b>>bits != 0 {
		r.Fail()
	}
	return b
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

func appendTexts(b []byte, texts []string) []byte {
	b = wire.AppendUint(b, uint64(len(texts)))
	for _, s := range texts {
		b = wire.AppendText(b, s)
	}
	return b
}

func readTexts(r *wire.Reader) []string {
	var texts []string
	for range r.Count() {
		texts = append(texts, string(r.Text()))
	}
	return texts
}
