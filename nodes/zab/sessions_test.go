package zab

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/znode"
)

// ensemble is a cluster that replicates znodes, with clients in sessions. Its
// tick is 200 ms.
type ensemble struct {
	*cluster
	sessions map[nodes.ClientID]nodes.Admission
}

func newEnsemble(t *testing.T, tune func(*Options)) *ensemble {
	t.Helper()
	c := newCluster(t, 3, 0, tune)
	for _, h := range c.hosts[1:] { // boot again, with another machine
		h.disk.Files = make([][]nodes.Record, 4)
	}
	c.pending, c.config.Machine = nil, func() nodes.StateMachine { return znode.New() }
	for id := range c.config.Voters.All() {
		c.start(id)
	}
	c.run(2 * time.Second)
	return &ensemble{c, map[nodes.ClientID]nodes.Admission{}}
}

// reboot starts all servers again, with defects.
func (e *ensemble) reboot(defects ...string) {
	e.config.Defects = defects
	for id := range e.config.Voters.All() {
		e.crash(id)
	}
	for id := range e.config.Voters.All() {
		e.start(id)
	}
	e.run(2 * time.Second)
}

// ask hands a request to a server, lets it be carried out, and returns what
// clients were told.
func (e *ensemble) ask(via nodes.ID, r nodes.Request) []string {
	e.t.Helper()
	e.seq++
	r.Seq = e.seq
	if r.Class != nodes.Connect && r.Session == 0 {
		r.Session = e.sessions[r.Client].ID
	}
	e.heard = nil
	e.step(e.hosts[via], &r)
	e.run(20 * time.Millisecond)
	return e.words(r.Op)
}

// words prints what clients were told; answers belong to op.
func (e *ensemble) words(op []byte) []string {
	e.t.Helper()
	var lines []string
	for _, f := range e.heard {
		switch {
		case f.Kind == nodes.EffectHangUp:
			lines = append(lines, "hang up")
		case f.Kind == nodes.EffectNotify:
			event, err := znode.ParseEvent(f.Op)
			if err != nil {
				e.t.Fatal(err)
			}
			lines = append(lines, event.String())
		case f.Outcome != nodes.Done:
			lines = append(lines, f.Outcome.String())
		case op == nil:
			if s, ok := nodes.ParseAdmission(f.Op); ok {
				e.sessions[f.Client] = s
			}
			lines = append(lines, "done")
		default:
			lines = append(lines, znode.Describe(op, f.Op))
		}
	}
	return lines
}

func (e *ensemble) connect(client nodes.ClientID, via nodes.ID, again nodes.SessionID) nodes.Admission {
	e.t.Helper()
	delete(e.sessions, client)
	e.ask(via, nodes.Request{Client: client, Class: nodes.Connect, Session: again, Password: passwordOf(again), Timeout: time.Second})
	return e.sessions[client]
}

func (e *ensemble) do(client nodes.ClientID, via nodes.ID, op znode.Op) []string {
	e.t.Helper()
	class := nodes.Write
	if op.Reads() {
		class = nodes.Read
	}
	return e.ask(via, nodes.Request{Client: client, Class: class, Op: op.Body()})
}

func (e *ensemble) wants(got []string, want ...string) {
	e.t.Helper()
	if !slices.Equal(got, want) {
		e.t.Errorf("%q, want %q", got, want)
	}
}

// log returns what the last transactions of a server's log do.
func (e *ensemble) log(id nodes.ID) []string {
	var lines []string
	for _, r := range e.hosts[id].disk.Records(logFile) {
		t, err := znode.ParseTxn(r.(*Txn).Body)
		if err != nil {
			e.t.Fatal(err)
		}
		lines = append(lines, t.String())
	}
	return lines
}

// keep lets time pass while a client pings.
func (e *ensemble) keep(client nodes.ClientID, via nodes.ID, d time.Duration) {
	for ; d > 0; d -= 100 * time.Millisecond {
		e.ask(via, nodes.Request{Client: client, Class: nodes.Ping})
		e.run(80 * time.Millisecond)
	}
}

var ephemeralE = znode.Op{Kind: znode.KindCreate, Path: "/e", Ephemeral: true}

func get(path string) znode.Op { return znode.Op{Kind: znode.KindGet, Path: path} }

func TestR_CLI_3_OpeningASessionIsATransaction(t *testing.T) {
	e := newEnsemble(t, nil)
	s := e.connect(1, 1, 0)
	if s.ID>>56 != 1 || s.Timeout != time.Second {
		t.Errorf("%x with timeout %v", s.ID, s.Timeout)
	}
	if s := e.connect(2, 3, 0); s.ID>>56 != 3 {
		t.Errorf("%x", s.ID)
	}
	e.wants(e.log(2), "createSession", "createSession")
	e.ask(2, nodes.Request{Client: 3, Class: nodes.Connect, Timeout: time.Hour})
	if got := e.sessions[3].Timeout; got != 4*time.Second {
		t.Errorf("the longest timeout is %v, want 20 ticks", got)
	}
}

func TestR_CLI_5_OnlySilenceEndsASession(t *testing.T) {
	for _, via := range []nodes.ID{1, 3} { // a follower, the leader
		e := newEnsemble(t, nil)
		e.connect(1, via, 0)
		e.do(1, via, ephemeralE)
		e.keep(1, via, 3*time.Second)
		e.wants(e.do(1, via, get("/e")), "get /e:  v0")
		began := e.now
		for slices.Index(e.log(2), "closeSession deletes /e") < 0 && e.now < began+5*time.Second {
			e.run(10 * time.Millisecond)
		}
		// The timeout is 5 ticks; it is rounded up to ticks, and a learner tells
		// what it heard with the next PING.
		if took := e.now - began; took < time.Second || took > 1500*time.Millisecond {
			t.Errorf("via %v the session ended after %v", via, took)
		}
		e.run(10 * time.Millisecond)
		e.wants(e.words(nil), "done", "hang up")
		e.wants(e.do(1, via, get("/e")), "lost")
	}
}

// TestR_CLI_8_ASessionMoves: once a session is attached elsewhere, what comes
// through its old server fails, and that connection is closed (R-BC-16).
func TestR_CLI_8_ASessionMoves(t *testing.T) {
	e := newEnsemble(t, nil)
	s := e.connect(1, 1, 0)
	e.do(1, 1, ephemeralE)
	if got := e.connect(2, 2, s.ID); got != s { // another connection of the same client
		t.Fatalf("%v, want %v", got, s)
	}
	e.wants(e.do(1, 1, znode.Op{Kind: znode.KindCreate, Path: "/from1"}), "lost", "hang up")
	e.wants(e.do(1, 1, get("/e")), "lost")
	e.wants(e.do(2, 2, znode.Op{Kind: znode.KindCreate, Path: "/from2"}), "create /from2: ok")
	if got := e.log(3); got[2] != "error SESSIONMOVED" {
		t.Errorf("%q", got)
	}
	e.connect(3, 3, s.ID)
	e.wants(e.do(2, 2, znode.Op{Kind: znode.KindCreate, Path: "/again2"}), "lost", "hang up")
	e.wants(e.do(3, 3, znode.Op{Kind: znode.KindCreate, Path: "/from3"}), "create /from3: ok")
}

// TestAnAnswerBelongsToItsAttempt: a client that tries twice at a server is let in
// by the answer to its second attempt, not to its first.
func TestAnAnswerBelongsToItsAttempt(t *testing.T) {
	e := newEnsemble(t, nil)
	s := e.connect(1, 1, 0)
	first := nodes.Request{Client: 2, Seq: 100, Class: nodes.Connect, Session: s.ID, Password: s.Password}
	second := first
	second.Seq = 101
	h := e.hosts[1]
	e.step(h, &first)
	e.step(h, &second)
	e.heard = nil
	answer := Revalidate{Client: 2, Seq: 100, Session: s.Session, Valid: true}
	e.step(h, &nodes.Deliver{From: 3, On: quorumChannel, Conn: h.conns[0], Msg: answer})
	if len(e.heard) != 0 {
		t.Errorf("%q to the first answer", e.words(nil))
	}
	answer.Seq = 101
	e.step(h, &nodes.Deliver{From: 3, On: quorumChannel, Conn: h.conns[0], Msg: answer})
	e.wants(e.words(nil), "done")
}

func TestR_CLI_4_ASessionThatHasEndedCannotBeTakenUp(t *testing.T) {
	e := newEnsemble(t, nil)
	for _, via := range []nodes.ID{1, 3} {
		if s := e.connect(1, via, 12345); s.ID != 0 {
			t.Errorf("%v attached %x", via, s.ID)
		}
		e.wants(e.do(1, via, get("/")), "get /:  v0") // without a session
	}
	s := e.connect(1, 1, 0)
	e.wants(e.do(1, 1, znode.Op{Kind: znode.KindCloseSession}), "close session: ok", "hang up")
	if got := e.connect(2, 2, s.ID); got.ID != 0 {
		t.Errorf("%x was closed", got.ID)
	}
}

// TestR_CLI_4_APasswordIsAsked: who does not know it gets nothing, and who has the
// session keeps it.
func TestR_CLI_4_APasswordIsAsked(t *testing.T) {
	for _, local := range []bool{false, true} {
		e := newEnsemble(t, func(o *Options) { o.LocalSessions = local })
		s := e.connect(1, 1, 0)
		if s.Password == 0 {
			t.Fatal("there is no password")
		}
		for _, password := range []nodes.Password{0, s.Password + 1} {
			for via := nodes.ID(1); via <= 3; via++ {
				delete(e.sessions, 2)
				e.ask(via, nodes.Request{Client: 2, Class: nodes.Connect, Session: s.ID, Password: password})
				if got := e.sessions[2]; got.ID != 0 {
					t.Errorf("%v let %x in with password %x", via, got.ID, password)
				}
			}
		}
		e.wants(e.do(1, 1, get("/")), "get /:  v0")
		if got := e.connect(2, 1, s.ID); got != s {
			t.Errorf("%v, want %v", got, s)
		}
	}
}

// TestR_DUR_15_ANewLeaderRemovesOrphans: without a transaction, so only there.
func TestR_DUR_15_ANewLeaderRemovesOrphans(t *testing.T) {
	e := newEnsemble(t, nil)
	e.reboot("close-without-nodes")
	e.connect(1, 1, 0)
	e.do(1, 1, ephemeralE)
	leader := e.leader()
	e.run(4 * time.Second)
	e.wants(e.log(leader)[len(e.log(leader))-1:], "closeSession")
	e.crash(leader)
	for e.run(10 * time.Millisecond); e.leader() == 0; {
		e.run(10 * time.Millisecond)
	}
	next := e.leader()
	follower := 6 - next - leader
	e.connect(1, next, 0)
	e.connect(2, follower, 0)
	e.wants(e.do(1, next, get("/e")), "get /e: NONODE")
	e.wants(e.do(2, follower, get("/e")), "get /e:  v0")
}

// TestS_33_ANewLeaderStartsTheClocksAnew: no session expires during an election,
// and afterwards each has its whole timeout again.
func TestS_33_ANewLeaderStartsTheClocksAnew(t *testing.T) {
	e := newEnsemble(t, nil)
	s := e.connect(1, 1, 0)
	e.do(1, 1, ephemeralE)
	e.run(900 * time.Millisecond)
	e.crash(3)
	for e.run(10 * time.Millisecond); e.leader() == 0; {
		e.run(10 * time.Millisecond)
	}
	e.run(900 * time.Millisecond)
	if got := e.connect(2, 1, s.ID); got != s {
		t.Fatal("the session is gone")
	}
	e.wants(e.do(2, 1, get("/e")), "get /e:  v0")
}

func TestS_33_SilenceUnderANewLeaderEndsASession(t *testing.T) {
	e := newEnsemble(t, nil)
	e.connect(1, 1, 0)
	e.do(1, 1, ephemeralE)
	e.crash(3)
	e.run(4 * time.Second)
	if got := e.log(1); got[len(got)-1] != "closeSession deletes /e" {
		t.Errorf("%q", got)
	}
}

// TestR_CLI_6_NothingFollowsTheEnd: what is on its way behind the end of a
// session fails.
func TestR_CLI_6_NothingFollowsTheEnd(t *testing.T) {
	e := newEnsemble(t, nil)
	s := e.connect(1, 1, 0).ID
	e.heard = nil
	for i, op := range []znode.Op{ephemeralE, {Kind: znode.KindCloseSession}, {Kind: znode.KindCreate, Path: "/late"}} {
		e.step(e.hosts[1], &nodes.Request{Client: 1, Seq: uint32(100 + i), Session: s, Op: op.Body()})
	}
	e.run(50 * time.Millisecond)
	e.wants(e.log(2), "createSession", "create /e ephemeral", "closeSession deletes /e", "error SESSIONEXPIRED")
}

func TestLocalSessions(t *testing.T) {
	e := newEnsemble(t, func(o *Options) { o.LocalSessions = true })
	s := e.connect(1, 1, 0)
	e.wants(e.do(1, 1, znode.Op{Kind: znode.KindCreate, Path: "/a"}), "create /a: ok")
	e.wants(e.do(1, 1, ephemeralE), "create /e ephemeral: EPHEMERALONLOCALSESSION")
	e.wants(e.log(2), "create /a", "error EPHEMERALONLOCALSESSION")
	if got := e.connect(2, 2, s.ID); got.ID != 0 {
		t.Error("another server knows the session")
	}
	if got := e.connect(2, 1, s.ID); got != s {
		t.Error("its own server does not know the session")
	}
	e.keep(2, 1, 3*time.Second)
	e.wants(e.do(2, 1, get("/a")), "get /a:  v0")
	e.run(2 * time.Second)
	e.wants(e.do(2, 1, get("/a")), "lost")
}

// TestALocalSessionIsClosed: by its server alone, once what its client asked for
// before is answered.
func TestALocalSessionIsClosed(t *testing.T) {
	for via := nodes.ID(1); via <= 3; via += 2 { // a follower, the leader
		e := newEnsemble(t, func(o *Options) { o.LocalSessions = true })
		s := e.connect(1, via, 0)
		e.heard = nil
		for _, op := range []znode.Op{{Kind: znode.KindCreate, Path: "/a"}, {Kind: znode.KindCloseSession}} {
			e.step(e.hosts[via], &nodes.Request{Client: 1, Seq: uint32(100 + op.Kind), Session: s.ID, Op: op.Body()})
		}
		e.run(50 * time.Millisecond)
		e.wants(e.log(2), "create /a")
		create := znode.Op{Kind: znode.KindCreate, Path: "/a"}
		e.wants(e.words(create.Body()), "create /a: ok", "create /a: ok", "hang up") // both answers say OK
		if got := e.connect(2, via, s.ID); got.ID != 0 {
			t.Error("the session is still known")
		}
	}
}

// TestALocalSessionIsUpgraded: with the first ephemeral node that its client asks
// for, all servers know it.
func TestALocalSessionIsUpgraded(t *testing.T) {
	for via := nodes.ID(1); via <= 3; via += 2 { // a follower, the leader
		e := newEnsemble(t, func(o *Options) { o.LocalSessions, o.LocalSessionsUpgrading = true, true })
		s := e.connect(1, via, 0)
		e.wants(e.do(1, via, znode.Op{Kind: znode.KindCreate, Path: "/a"}), "create /a: ok")
		e.wants(e.do(1, via, ephemeralE), "create /e ephemeral: ok")
		multi := znode.Op{Kind: znode.KindMulti, Ops: []znode.Op{{Kind: znode.KindCreate, Path: "/f", Ephemeral: true}}}
		e.wants(e.do(1, via, multi), "multi [create /f ephemeral]: OK")
		e.keep(1, via, 3*time.Second)
		e.wants(e.log(2), "create /a", "createSession", "create /e ephemeral", "multi [create /f ephemeral]")
		if got := e.connect(2, 2, s.ID); got != s {
			t.Errorf("%v, want %v at another server", got, s)
		}
		e.wants(e.do(2, 2, get("/e")), "get /e:  v0")
		e.run(3 * time.Second)
		if got := e.log(2); got[len(got)-1] != "closeSession deletes /e /f" {
			t.Errorf("%q", got)
		}
	}
}

// TestR_CLI_14_TheEventComesFirst: before any answer that shows the change, once,
// and only to those who watch at that server.
func TestR_CLI_14_TheEventComesFirst(t *testing.T) {
	e := newEnsemble(t, nil)
	e.connect(1, 1, 0)
	e.connect(2, 2, 0)
	e.do(2, 2, znode.Op{Kind: znode.KindCreate, Path: "/a"})
	e.run(time.Millisecond)
	e.do(1, 1, znode.Op{Kind: znode.KindGet, Path: "/a", Watch: true})
	set := znode.Op{Kind: znode.KindSet, Path: "/a", Data: "1", Version: znode.AnyVersion}
	got := e.do(2, 2, set)
	slices.Sort(got) // two servers; their order is of no interest
	e.wants(got, "NodeDataChanged /a", "set /a=1: ok")
	e.wants(e.do(1, 1, get("/a")), "get /a: 1 v1")
	e.wants(e.do(2, 2, set), "set /a=1: ok")

	watching := znode.Op{Kind: znode.KindGet, Path: "/a", Watch: true}
	e.wants(e.do(1, 1, watching), "get /a watch: 1 v2")
	e.wants(e.do(1, 1, set), "NodeDataChanged /a", "set /a=1: ok")
}

func TestR_CLI_15_WatchesAreSetAgain(t *testing.T) {
	e := newEnsemble(t, nil)
	e.connect(1, 1, 0)
	e.do(1, 1, znode.Op{Kind: znode.KindCreate, Path: "/a"})
	op := znode.Op{Kind: znode.KindSetWatches, Watches: znode.Watches{
		Seen: nodes.Position{Epoch: 1, Index: 2}, Data: []string{"/gone", "/a"},
	}}
	got := e.do(1, 1, op)
	if len(got) != 2 || got[0] != "NodeDeleted /gone" || !strings.HasPrefix(got[1], "set watches") {
		t.Errorf("%q", got)
	}
	e.wants(e.do(1, 1, znode.Op{Kind: znode.KindDelete, Path: "/a", Version: znode.AnyVersion}), "NodeDeleted /a", "delete /a: ok")
}

func TestR_CLI_1_ALostRoleClosesConnections(t *testing.T) {
	e := newEnsemble(t, nil)
	s := e.connect(1, 1, 0)
	e.heard = nil
	e.crash(3)
	e.run(10 * time.Millisecond)
	e.wants(e.words(nil), "hang up")
	e.run(time.Second)
	if got := e.connect(1, 2, s.ID); got != s {
		t.Error("the session did not survive the leader")
	}
}

func TestR_ZXID_6_InitialCounter(t *testing.T) {
	c := newCluster(t, 3, 0, func(o *Options) { o.InitialCounter = 1<<32 - 6 })
	c.run(2 * time.Second)
	c.mustWrite(1, "a", "b", "c", "d")
	if got := c.hosts[2].node.Status().History.Last; got != (nodes.Position{Epoch: 1, Index: 1<<32 - 2}) {
		t.Errorf("the fourth transaction is %v", got)
	}
	if o, _ := c.write(1, "e"); o != nodes.Lost {
		t.Errorf("the fifth: %v", o)
	}
	c.run(2 * time.Second)
	c.mustWrite(1, "f")
	c.wantsAgreement("a b c d f ")
}
