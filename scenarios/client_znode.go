package scenarios

import (
	"strconv"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim/choice"
)

// TreeStep is what a client asks of a tree of nodes; get, delete and sync are
// among the operations of a store.
type TreeStep struct {
	Create       *CreateNode `json:"create,omitempty" jsonschema:"Tree: make a node, {path: /a, data: x, ephemeral: true, sequential: true}."`
	Set          *SetNode    `json:"set,omitempty" jsonschema:"Tree: give a node new data, {path: /a, data: x, version: 3}."`
	Exists       string      `json:"exists,omitempty" jsonschema:"Tree: whether there is a node, and its versions."`
	Children     string      `json:"children,omitempty" jsonschema:"Tree: the names of a node's children."`
	Multi        []Part      `json:"multi,omitempty" jsonschema:"Tree: several changes, all or nothing: [{check: /a, version: 1}, {delete: /b}]."`
	CloseSession bool        `json:"close-session,omitempty" jsonschema:"Tree: end the session, with its ephemeral nodes; the client opens another one. Write close-session: true."`
	Version      *int32      `json:"version,omitempty" jsonschema:"With delete: only if the node has this version."`
	Watch        bool        `json:"watch,omitempty" jsonschema:"With get, exists or children: tell of the next change."`
}

// CreateNode makes a node.
type CreateNode struct {
	Path       string `json:"path" example:"/a" jsonschema:"Where; of a sequential node, what comes before its number."`
	Data       Data   `json:"data,omitempty" jsonschema:"What it holds."`
	Ephemeral  bool   `json:"ephemeral,omitempty" jsonschema:"It goes with the session of the client."`
	Sequential bool   `json:"sequential,omitempty" jsonschema:"A number is put behind its name, which only grows."`
}

// SetNode gives a node new data.
type SetNode struct {
	Path    string `json:"path" example:"/a" jsonschema:"The node."`
	Data    Data   `json:"data,omitempty" jsonschema:"What it holds from then on."`
	Version *int32 `json:"version,omitempty" jsonschema:"Only if it has this version."`
}

// Part is a part of a multi.
type Part struct {
	Create  *CreateNode `json:"create,omitempty" jsonschema:"Make a node."`
	Set     *SetNode    `json:"set,omitempty" jsonschema:"Give a node new data."`
	Delete  string      `json:"delete,omitempty" jsonschema:"Remove a node."`
	Check   string      `json:"check,omitempty" jsonschema:"Demand that there is a node."`
	Version *int32      `json:"version,omitempty" jsonschema:"With delete or check: only if it has this version."`
}

// version returns the version that an operation demands.
func version(v *int32) int32 {
	if v == nil {
		return znode.AnyVersion
	}
	return *v
}

// writeVersion returns the version that an operation demands as it stands in a
// file.
func writeVersion(v int32) *int32 {
	if v == znode.AnyVersion {
		return nil
	}
	return &v
}

func (c *CreateNode) op() znode.Op {
	return znode.Op{Kind: znode.KindCreate, Path: c.Path, Data: string(c.Data), Ephemeral: c.Ephemeral, Sequential: c.Sequential}
}

func (s *SetNode) op() znode.Op {
	return znode.Op{Kind: znode.KindSet, Path: s.Path, Data: string(s.Data), Version: version(s.Version)}
}

func (p *Part) op() znode.Op {
	switch {
	case p.Create != nil:
		return p.Create.op()
	case p.Set != nil:
		return p.Set.op()
	case p.Delete != "":
		return znode.Op{Kind: znode.KindDelete, Path: p.Delete, Version: version(p.Version)}
	default:
		return znode.Op{Kind: znode.KindCheck, Path: p.Check, Version: version(p.Version)}
	}
}

// treeOp returns what a step asks of a tree, and whether it does.
func (step *Step) treeOp() (znode.Op, bool) {
	read := znode.Op{Watch: step.Watch}
	switch {
	case step.Create != nil:
		return step.Create.op(), true
	case step.Set != nil:
		return step.Set.op(), true
	case step.Delete != "":
		return znode.Op{Kind: znode.KindDelete, Path: step.Delete, Version: version(step.Version)}, true
	case step.Multi != nil:
		multi := znode.Op{Kind: znode.KindMulti}
		for i := range step.Multi {
			multi.Ops = append(multi.Ops, step.Multi[i].op())
		}
		return multi, true
	case step.CloseSession:
		return znode.Op{Kind: znode.KindCloseSession}, true
	case step.Get != "":
		read.Kind, read.Path = znode.KindGet, step.Get
	case step.Exists != "":
		read.Kind, read.Path = znode.KindExists, step.Exists
	case step.Children != "":
		read.Kind, read.Path = znode.KindChildren, step.Children
	default:
		return znode.Op{}, false
	}
	return read, true
}

// writeTreeStep returns the step that asks a tree for op: what treeOp makes op
// from.
func writeTreeStep(op znode.Op) Step {
	step := Step{TreeStep: TreeStep{Watch: op.Watch}}
	switch op.Kind {
	case znode.KindMulti:
		for _, sub := range op.Ops {
			step.Multi = append(step.Multi, writePart(sub))
		}
	case znode.KindCloseSession:
		step.CloseSession = true
	case znode.KindGet:
		step.Get = op.Path
	case znode.KindExists:
		step.Exists = op.Path
	case znode.KindChildren:
		step.Children = op.Path
	default:
		part := writePart(op)
		step.Create, step.Set, step.Delete, step.Version = part.Create, part.Set, part.Delete, part.Version
	}
	return step
}

func writePart(op znode.Op) Part {
	switch op.Kind {
	case znode.KindCreate:
		return Part{Create: &CreateNode{Path: op.Path, Data: Data(op.Data), Ephemeral: op.Ephemeral, Sequential: op.Sequential}}
	case znode.KindSet:
		return Part{Set: &SetNode{Path: op.Path, Data: Data(op.Data), Version: writeVersion(op.Version)}}
	case znode.KindDelete:
		return Part{Delete: op.Path, Version: writeVersion(op.Version)}
	default:
		return Part{Check: op.Path, Version: writeVersion(op.Version)}
	}
}

// treeRequest returns what a step asks of servers that replicate a tree.
func (step *Step) treeRequest() (nodes.Class, []byte) {
	op, ok := step.treeOp()
	switch {
	case !ok:
		return nodes.Sync, nil
	case !op.Reads():
		return nodes.Write, op.Body()
	case step.Synced:
		return nodes.SyncedRead, op.Body()
	default:
		return nodes.Read, op.Body()
	}
}

// drawTree draws one operation on a tree: of some nodes below the root, /k1 and so
// on, and of three below each.
func (l *Traffic) drawTree(d drawer) Step {
	path := "/" + l.key(d)
	if d.below(2) == 0 {
		path += "/" + string(rune('a'+d.below(3)))
	}
	switch l.Mix.draw(d) {
	case "create":
		return Step{TreeStep: TreeStep{Create: l.drawCreate(d, path)}}
	case "set":
		return Step{TreeStep: TreeStep{Set: &SetNode{Path: path, Data: datum(d), Version: drawVersion(d)}}}
	case "delete":
		return Step{Delete: path, TreeStep: TreeStep{Version: drawVersion(d)}}
	case "get":
		return Step{Get: path, TreeStep: TreeStep{Watch: d.below(2) == 0}}
	case "exists":
		return Step{TreeStep: TreeStep{Exists: path, Watch: d.below(2) == 0}}
	case "children":
		return Step{TreeStep: TreeStep{Children: "/" + l.key(d), Watch: d.below(2) == 0}}
	case "multi":
		return Step{TreeStep: TreeStep{Multi: []Part{
			{Check: "/" + l.key(d), Version: drawVersion(d)},
			{Set: &SetNode{Path: path, Data: datum(d)}},
			{Create: l.drawCreate(d, path+"-")},
		}}}
	case "close-session":
		return Step{TreeStep: TreeStep{CloseSession: true}}
	default:
		return Step{Sync: true}
	}
}

// drawCreate makes half of the nodes last, a quarter go with the session, and a
// quarter have numbers.
func (l *Traffic) drawCreate(d drawer, path string) *CreateNode {
	n := d.below(4)
	return &CreateNode{Path: path, Data: datum(d), Ephemeral: n == 0, Sequential: n == 1}
}

func datum(d drawer) Data { return Data(strconv.Itoa(d.below(1000))) }

// drawVersion draws a version to demand; mostly none.
func drawVersion(d drawer) *int32 {
	if !choice.Chance(d.src, wholePPM/4, d.stream) {
		return nil
	}
	v := int32(d.below(3))
	return &v
}
