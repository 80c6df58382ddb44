package znode

import (
	"math"
	"strconv"
	"strings"

	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// Kind says what an operation does.
type Kind uint8

// The kinds of operations.
const (
	KindCreate Kind = iota + 1 // make a node with some data
	KindSet                    // give a node new data (ZooKeeper's setData)
	KindDelete                 // remove a node without children
	KindGet                    // tell data and stat of a node (getData)
	KindExists                 // tell the stat of a node
)

// AnyVersion as the version of a set or delete means that the node may have
// whatever version it has.
const AnyVersion = -1

// Op is an operation in readable form.
type Op struct {
	Kind    Kind
	Path    string
	Data    string // KindCreate, KindSet
	Version int32  // KindSet, KindDelete: the version the node must have, or AnyVersion
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

// Body returns the operation as a client sends it.
func (o Op) Body() []byte {
	b := wire.AppendText([]byte{byte(o.Kind)}, o.Path)
	switch o.Kind {
	case KindCreate:
		b = wire.AppendText(b, o.Data)
	case KindSet:
		b = wire.AppendText(b, o.Data)
		b = wire.AppendInt(b, int64(o.Version))
	case KindDelete:
		b = wire.AppendInt(b, int64(o.Version))
	}
	return b
}

// Parse reads an operation. The only error is [app.ErrMalformed].
func Parse(body []byte) (Op, error) {
	r := wire.Read(body)
	o := Op{Kind: Kind(r.Byte()), Path: string(r.Text())}
	switch o.Kind {
	case KindCreate:
		o.Data = string(r.Text())
	case KindSet:
		o.Data = string(r.Text())
		o.Version = readVersion(&r)
	case KindDelete:
		o.Version = readVersion(&r)
	case KindGet, KindExists:
	default:
		return Op{}, app.ErrMalformed
	}
	if err := r.End(); err != nil {
		return Op{}, err
	}
	return o, nil
}

func readVersion(r *wire.Reader) int32 {
	v := r.Int()
	if v < math.MinInt32 || v > math.MaxInt32 {
		r.Fail()
		return 0
	}
	return int32(v)
}

// Reads reports whether the operation changes nothing, so that any server may
// answer it.
func (o Op) Reads() bool { return o.Kind == KindGet || o.Kind == KindExists }

// String returns "create /a=1", "set /a=2", "set /a=2 if v1", "delete /a if
// v0", "get /a", "exists /a".
func (o Op) String() string {
	words := [...]string{"", "create ", "set ", "delete ", "get ", "exists "}[o.Kind] + o.Path
	if o.Kind == KindCreate || o.Kind == KindSet {
		words += equals(o.Data)
	}
	if (o.Kind == KindSet || o.Kind == KindDelete) && o.Version != AnyVersion {
		words += " if v" + strconv.Itoa(int(o.Version))
	}
	return words
}

// equals prints the data of a node behind its path; empty data is not
// mentioned, long data is cut short.
func equals(data string) string {
	const most = 40
	switch {
	case data == "":
		return ""
	case len(data) > most:
		return "=" + data[:most] + "..."
	default:
		return "=" + data
	}
}

// valid reports whether a path names a node: it begins with a slash, does not
// end with one unless it is the root's, and has no empty, "." or ".." name in
// it.
func valid(path string) bool {
	if path == "/" {
		return true
	}
	names, found := strings.CutPrefix(path, "/")
	if !found {
		return false
	}
	for name := range strings.SplitSeq(names, "/") {
		if name == "" || name == "." || name == ".." || strings.ContainsRune(name, 0) {
			return false
		}
	}
	return true
}

// split returns the path of the parent and the name of a node that is not the
// root.
func split(path string) (parent, name string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 1)], path[i+1:]
}
