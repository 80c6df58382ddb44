package conformance

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim"
)

// Latency and fsync are small against a tick, as on the machine of the
// recording: a write through a follower took 4 ms.
var (
	latency = network.Range{Min: 200 * time.Microsecond, Max: time.Millisecond}
	fsync   = network.Range{Min: time.Millisecond, Max: 3 * time.Millisecond}
)

// maxNotificationTicks keeps fastleader.maxNotificationInterval in the ratio to
// the tick that it has by default (60 s to 2 s); the recording did so too.
const maxNotificationTicks = 30

// dialTicks does the same for cnxTimeout (5 s to 2 s).
const dialTicks = 2.5

// options are ZooKeeper's settings in this case.
func (c *Case) options() *zab.Options {
	o := zab.DefaultOptions()
	s := &c.Setup
	o.TickTime = c.tick()
	o.InitLimit, o.SyncLimit, o.CommitLogCount = s.InitLimit, s.SyncLimit, s.CommitLogCount
	o.SnapshotSizeFactor = int(s.SnapshotSizeFactor * 100)
	if s.SnapCount > 0 {
		o.SnapCount = s.SnapCount
	}
	if n, err := strconv.ParseUint(s.SystemProperties[firstCounter], 10, 32); err == nil {
		o.InitialCounter = n
	}
	o.MaxNotificationInterval = c.ticks(maxNotificationTicks)
	return o
}

// firstCounter is the one system property that is simulated (R-ZXID-6).
const firstCounter = "zookeeper.testingonly.initialZxid"

// notYet says what a case needs that is not simulated, if anything.
func (c *Case) notYet() string {
	for name := range c.Setup.SystemProperties {
		if name != firstCounter {
			return "waits for an option like " + name
		}
	}
	return ""
}

// cast is who plays besides the servers: the clients of the world, by what
// they are for. A client is one session on one server; see clients.go.
type cast struct {
	clients  []sim.Client
	queues   []*queue // by client
	lanes    [nodes.MaxServers + 1][]nodes.ClientID
	openers  map[int]nodes.ClientID // by step
	checkers map[nodes.ID]nodes.ClientID
	watchers map[nodes.ID]nodes.ClientID
}

// spareLanes are the sessions a probe may use up at each server.
const spareLanes = 4

// newCast counts the sessions that a timeline needs.
func newCast(c *Case) *cast {
	k := &cast{
		openers:  map[int]nodes.ClientID{},
		checkers: map[nodes.ID]nodes.ClientID{}, watchers: map[nodes.ID]nodes.ClientID{},
	}
	for id := range c.servers().All() {
		k.checkers[id] = k.add("checker", id, nodes.Position{})
		k.watchers[id] = k.add("watcher", id, nodes.Position{})
		for range 1 + spareLanes + c.uses(id) {
			k.lanes[id] = append(k.lanes[id], k.add("session", id, nodes.Position{}))
		}
	}
	for i := range c.Timeline {
		if s := &c.Timeline[i]; s.Action == "session_open" && s.args.LastZxidSeen != "" {
			seen, _ := parseZxid(s.args.LastZxidSeen) // Load has looked at it
			k.openers[s.N] = k.add("opener", s.args.Via.server, seen)
		}
	}
	return k
}

func (k *cast) add(name string, at nodes.ID, seen nodes.Position) nodes.ClientID {
	q := &queue{}
	k.queues = append(k.queues, q)
	k.clients = append(k.clients, sim.Client{
		Name: fmt.Sprintf("%s %d at %v", name, len(k.queues), at), Servers: []nodes.ID{at},
		OneTry: true, Seen: seen, Workload: q,
	})
	return nodes.ClientID(len(k.queues))
}

// uses counts the steps that go through a server.
func (c *Case) uses(id nodes.ID) int {
	n := 0
	for i := range c.Timeline {
		if a := &c.Timeline[i].args; a.Via.server == id || a.Via.each || a.Ops == watchRounds || slices.Contains(a.Servers, id) && a.Op != "" {
			n++
		}
	}
	return n
}

// config is the world of a case. No server runs yet.
func (c *Case) config(o *zab.Options, defects []string, k *cast) *sim.Config {
	cfg := &sim.Config{
		Protocol: &zab.Protocol, Options: o, Defects: defects,
		Voters: c.voters(), Observers: c.members("observer"),
		Topology: network.Topology{Within: latency, Between: latency, DialTimeout: c.ticks(dialTicks)}, Fsync: fsync,
		Machine: func() nodes.StateMachine { return znode.New() },
		Clients: k.clients,
		Plan:    faults.Plan{Held: c.servers()},
	}
	for i := range c.Timeline {
		if f, ok := c.filter(&c.Timeline[i]); ok {
			cfg.Filters = append(cfg.Filters, f)
		}
	}
	return cfg
}

// filter returns what a step holds back or drops, if it does.
func (c *Case) filter(s *Step) (network.Filter, bool) {
	a := &s.args
	all := c.servers()
	f := network.Filter{On: quorumPort}
	switch s.Action {
	case "block_port":
		f.From, f.To = all.Without(a.Server), nodes.SetOf(a.Server)
		return f, true
	case "hold_messages", "drop_messages":
		f.From, f.To = nodes.SetOf(a.Leader), all.Without(a.Leader)
		if a.Servers != nil {
			f.To = nodes.SetOf(a.Servers...)
		}
		if a.Direction == toLeader {
			f.From, f.To = f.To, f.From
		}
		f.Kinds, f.Drop = []string{a.Type}, s.Action == "drop_messages"
		return f, true
	}
	return f, false
}

// The directions of a proxy before the leader's quorum port.
const (
	toLeader    = "to leader"
	toFollowers = "to followers"
)

// quorumPort and the files are those that package zab declares, by name.
var (
	quorumPort    = channel("quorum")
	acceptedEpoch = file("acceptedEpoch")
	currentEpoch  = file("currentEpoch")
	txnLog        = file("log")
	snapshots     = file("snapshots")
)

func channel(name string) nodes.Channel {
	i := slices.IndexFunc(zab.Protocol.Channels, func(c nodes.ChannelSpec) bool { return c.Name == name })
	return nodes.Channel(i)
}

func file(name string) nodes.File { return nodes.File(slices.Index(zab.Protocol.Files, name)) }
