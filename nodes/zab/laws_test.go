package zab_test

import (
	"testing"

	"github.com/zabsim/zabsim/nodes/nodestest"
	"github.com/zabsim/zabsim/nodes/zab"
)

func TestLaws(t *testing.T) {
	small := nodestest.Tune(func(options any) {
		o := options.(*zab.Options)
		o.SnapCount, o.CommitLogCount, o.CounterBits = 4, 2, 4
	})
	t.Run("three voters", func(t *testing.T) { nodestest.Run(t, zab.Protocol, nodestest.Steps(250)) })
	t.Run("an observer, small limits", func(t *testing.T) {
		nodestest.Run(t, zab.Protocol, nodestest.Observers(1), nodestest.Steps(250), small)
	})
	t.Run("all defects", func(t *testing.T) {
		var names []string
		for _, d := range zab.Protocol.Defects {
			names = append(names, d.Name)
		}
		nodestest.Run(t, zab.Protocol, nodestest.Defects(names...), nodestest.Steps(150), small)
	})
}
