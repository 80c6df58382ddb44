package zab_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes/nodestest"
	"github.com/zabsim/zabsim/nodes/zab"
)

func TestLaws(t *testing.T) {
	small := nodestest.Tune(func(options any) {
		o := options.(*zab.Options)
		o.SnapCount, o.CommitLogCount, o.CounterBits = 4, 2, 4
	})
	run := func(name string, options ...nodestest.Option) {
		t.Run(name, func(t *testing.T) { nodestest.Run(t, zab.Protocol, options...) })
	}
	run("three voters", nodestest.Steps(250))
	run("an observer, small limits", nodestest.Observers(1), nodestest.Steps(250), small)
	for _, profile := range zab.Profiles[1:] {
		run("profile "+profile.Name, nodestest.MayPanic(), nodestest.Steps(40), nodestest.Tune(func(options any) {
			o := options.(*zab.Options)
			o.Profile, o.SnapCount, o.CommitLogCount = profile.Name, 4, 2
		}))
	}
	for alg := range 3 {
		run(fmt.Sprintf("electionAlg %d", alg), nodestest.Steps(120), nodestest.Tune(func(options any) {
			options.(*zab.Options).ElectionAlg = alg
		}))
	}
	run("groups and weights", nodestest.Voters(4), nodestest.Steps(100), nodestest.Tune(func(options any) {
		o := options.(*zab.Options)
		o.Groups, o.Weights = [][]zab.Member{{1, 2}, {3, 4}}, map[zab.Member]int{1: 0, 3: 2}
		o.MaxTimeToWaitForEpoch = time.Second
	}))
	run("clients in sessions", nodestest.Sessions(), nodestest.Steps(250), small)
	run("fuzzy snapshots", nodestest.Sessions(), nodestest.Steps(250), nodestest.Tune(func(options any) {
		o := options.(*zab.Options)
		o.FuzzySnapshots, o.SnapCount = true, 4
	}))
	run("clients in local sessions", nodestest.Sessions(), nodestest.Steps(100), nodestest.Tune(func(options any) {
		options.(*zab.Options).LocalSessions = true
	}))
	run("clients in local sessions that are upgraded", nodestest.Sessions(), nodestest.Steps(100), nodestest.Tune(func(options any) {
		o := options.(*zab.Options)
		o.LocalSessions, o.LocalSessionsUpgrading = true, true
	}))
	var names []string
	for _, d := range zab.Protocol.Defects {
		names = append(names, d.Name)
	}
	run("all defects", nodestest.Defects(names...), nodestest.MayPanic(), nodestest.Steps(150), small)
}
