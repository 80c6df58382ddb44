package znode

import (
	"strconv"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// Code says how an operation went, in ZooKeeper's numbers
// (KeeperException.Code).
type Code int32

// The codes this machine knows.
const (
	OK               Code = 0
	MarshallingError Code = -5 // the bytes are no operation
	Unimplemented    Code = -6 // a read sent as a write, or the other way round
	BadArguments     Code = -8 // no such path can be
	NoNode           Code = -101
	BadVersion       Code = -103
	NodeExists       Code = -110
	NotEmpty         Code = -111
)

// String returns ZooKeeper's name of the code.
func (c Code) String() string {
	switch c {
	case OK:
		return "OK"
	case MarshallingError:
		return "MARSHALLINGERROR"
	case Unimplemented:
		return "UNIMPLEMENTED"
	case BadArguments:
		return "BADARGUMENTS"
	case NoNode:
		return "NONODE"
	case BadVersion:
		return "BADVERSION"
	case NodeExists:
		return "NODEEXISTS"
	case NotEmpty:
		return "NOTEMPTY"
	default:
		return strconv.Itoa(int(c))
	}
}

// Stat is what a client learns of a node besides its data.
type Stat struct {
	Created  nodes.Position // czxid
	Modified nodes.Position // mzxid
	Changed  nodes.Position // pzxid: the last change of its children
	Version  int32
	Cversion int32 // children created and removed so far
	Children int32
}

// Result is a result in readable form.
type Result struct {
	Code Code
	Path string // KindCreate: of the new node
	Data string // KindGet
	Stat Stat   // of the node; zero after a delete and after an error
}

func (n *node) public() Stat {
	k := int32(len(n.children))
	return Stat{
		Created: n.stat.created, Modified: n.stat.modified, Changed: n.stat.changed,
		Version: n.stat.version, Cversion: 2*n.stat.births - k, Children: k,
	}
}

func (r Result) appendTo(b []byte) []byte {
	b = wire.AppendInt(b, int64(r.Code))
	if r.Code != OK {
		return b
	}
	b = wire.AppendText(b, r.Path)
	b = wire.AppendText(b, r.Data)
	for _, p := range [...]nodes.Position{r.Stat.Created, r.Stat.Modified, r.Stat.Changed} {
		b = appendPosition(b, p)
	}
	for _, v := range [...]int32{r.Stat.Version, r.Stat.Cversion, r.Stat.Children} {
		b = wire.AppendInt(b, int64(v))
	}
	return b
}

// ParseResult reads a result. The error is [app.ErrMalformed] or
// [app.ErrStale].
func ParseResult(result []byte) (Result, error) {
	if app.IsStale(result) {
		return Result{}, app.ErrStale
	}
	r := wire.Read(result)
	res := Result{Code: Code(readVersion(&r))}
	if res.Code == OK {
		res.Path, res.Data = string(r.Text()), string(r.Text())
		res.Stat = Stat{
			Created: readPosition(&r), Modified: readPosition(&r), Changed: readPosition(&r),
			Version: readVersion(&r), Cversion: readVersion(&r), Children: readVersion(&r),
		}
	}
	if err := r.End(); err != nil {
		return Result{}, err
	}
	return res, nil
}

// Describe puts an operation and its result in words: "create /a=1: ok", "get
// /a: 1 v0", "set /a=2 if v3: BADVERSION". Without a result (nil) it is the
// operation alone.
func Describe(body, result []byte) string {
	o, err := Parse(body)
	if err != nil {
		return "malformed operation"
	}
	words := o.String()
	if result == nil {
		return words
	}
	switch r, err := ParseResult(result); {
	case err != nil:
		return words + ": " + err.Error()
	case r.Code != OK:
		return words + ": " + r.Code.String()
	case o.Kind == KindGet:
		return words + ": " + r.Data + " v" + strconv.Itoa(int(r.Stat.Version))
	default:
		return words + ": ok"
	}
}
