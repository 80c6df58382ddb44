package recipes

import (
	"strconv"

	"github.com/zabsim/zabsim/nodes/app/znode"
)

// counter adds one to a number over and over, by compare-and-set on the version
// of its node. Where the outcome is unknown it reads the number again, and does
// not find out whether its own addition is in it: such a counter is never short
// of an acknowledged addition, but it may have one that nobody was told of.
type counter struct{}

const counterPath = "/counter"

func (counter) next(p *play) (znode.Op, bool) {
	switch {
	case p.step == "":
		p.step = "made"
		return znode.Op{Kind: znode.KindCreate, Path: counterPath, Data: "0"}, true
	case p.step == "read" && !p.lost && p.result.Code == znode.OK:
		p.step = "added"
		n, err := strconv.Atoi(p.result.Data)
		if err != nil {
			panic("recipes: the counter is at " + p.result.Data)
		}
		return znode.Op{Kind: znode.KindSet, Path: counterPath, Data: strconv.Itoa(n + 1), Version: p.result.Stat.Version}, true
	default:
		p.step = "read"
		return znode.Op{Kind: znode.KindGet, Path: counterPath}, true
	}
}
