package znode

import (
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// Stat is what a client learns of a node besides its data.
type Stat struct {
	Created  nodes.Position // czxid
	Modified nodes.Position // mzxid
	Changed  nodes.Position // pzxid: the last change of its children
	Version  int32
	Cversion int32 // children created and removed so far
	Children int32
	Owner    nodes.SessionID // the session an ephemeral node goes with; 0: it stays
}

// Result is a result in readable form.
type Result struct {
	Code     Code   // of a multi that failed: that of the part it failed at
	Path     string // KindCreate: of the new node
	Data     string // KindGet
	Stat     Stat   // of the node; zero after a delete and after an error
	Children []string
	// Results are those of the parts of a multi: OK for what stands before the
	// part that failed, RuntimeInconsistency for what stands behind it.
	Results []Result
}

// public turns a node's memory into what clients see (R-CLI-12).
func (n *node) public() Stat {
	k := int32(len(n.children))
	return Stat{
		Created: n.stat.created, Modified: n.stat.modified, Changed: n.stat.changed,
		Version: n.stat.version, Cversion: 2*n.stat.births - k, Children: k, Owner: n.stat.owner,
	}
}

func (r Result) appendTo(b []byte) []byte {
	b = wire.AppendInt(b, int64(r.Code))
	b = wire.AppendUint(b, uint64(len(r.Results)))
	for _, sub := range r.Results {
		b = sub.appendTo(b)
	}
	if r.Code != OK || len(r.Results) > 0 {
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
	b = wire.AppendUint(b, uint64(r.Stat.Owner))
	return appendTexts(b, r.Children)
}

// ParseResult reads a result. The error is [app.ErrMalformed] or
// [app.ErrStale].
func ParseResult(result []byte) (Result, error) {
	if app.IsStale(result) {
		return Result{}, app.ErrStale
	}
	r := wire.Read(result)
	res := readResult(&r, true)
	if err := r.End(); err != nil {
		return Result{}, err
	}
	return res, nil
}

func readResult(r *wire.Reader, outermost bool) Result {
	res := Result{Code: Code(readVersion(r))}
	parts := r.Count()
	if parts > 0 && !outermost {
		r.Fail()
		return Result{}
	}
	for range parts {
		res.Results = append(res.Results, readResult(r, false))
	}
	if res.Code != OK || len(res.Results) > 0 {
		return res
	}
	res.Path, res.Data = string(r.Text()), string(r.Text())
	res.Stat = Stat{
		Created: readPosition(r), Modified: readPosition(r), Changed: readPosition(r),
		Version: readVersion(r), Cversion: readVersion(r), Children: readVersion(r),
		Owner: nodes.SessionID(r.Uint()),
	}
	res.Children = readTexts(r)
	return res
}
