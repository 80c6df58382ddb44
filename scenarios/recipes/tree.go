package recipes

import (
	"strconv"

	"github.com/zabsim/zabsim/nodes/app/znode"
)

// tree does a bit of everything on a few nodes: persistent, ephemeral and
// sequential ones, reads with and without watches, multis that fail and multis
// that do not. It is no recipe for anything but finding mistakes.
type tree struct{}

func (t tree) next(p *play) (znode.Op, bool) {
	p.step = "goes on"
	switch n := p.below(100); {
	case n < 30:
		return t.read(p), true
	case n < 34:
		return znode.Op{
			Kind: znode.KindMulti, Ops: []znode.Op{t.check(p), t.write(p), t.write(p)},
		}, true
	case n < 35:
		return znode.Op{Kind: znode.KindCloseSession}, true
	default:
		return t.write(p), true
	}
}

// path draws one of a few paths, two deep.
func (tree) path(p *play) string {
	path := "/" + string(rune('a'+p.below(3)))
	if p.below(2) == 0 {
		path += "/" + string(rune('x'+p.below(3)))
	}
	return path
}

// version draws a version to demand; mostly none.
func (tree) version(p *play) int32 {
	if p.below(4) > 0 {
		return znode.AnyVersion
	}
	return int32(p.below(3))
}

func (t tree) check(p *play) znode.Op {
	return znode.Op{Kind: znode.KindCheck, Path: t.path(p), Version: t.version(p)}
}

func (t tree) write(p *play) znode.Op {
	op := znode.Op{Path: t.path(p)}
	switch n := p.below(10); {
	case n < 5:
		op.Kind, op.Ephemeral = znode.KindCreate, p.below(2) == 0
		if op.Sequential = p.below(3) == 0; op.Sequential {
			op.Path += "-"
		}
	case n < 8:
		op.Kind, op.Version = znode.KindSet, t.version(p)
	default:
		op.Kind, op.Version = znode.KindDelete, t.version(p)
	}
	if op.Kind != znode.KindDelete {
		op.Data = strconv.Itoa(p.below(1000))
	}
	return op
}

func (t tree) read(p *play) znode.Op {
	op := znode.Op{Kind: znode.KindGet + znode.Kind(p.below(3)), Path: t.path(p), Watch: p.below(2) == 0}
	if op.Kind == znode.KindChildren && p.below(2) == 0 {
		op.Path = "/"
	}
	return op
}
