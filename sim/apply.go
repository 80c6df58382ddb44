package sim

import (
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// Apply performs an action. It returns an error, and changes nothing, if the
// action cannot happen in this state.
func (w *World) Apply(a Action) error {
	if err := w.possible(&a); err != nil {
		return err
	}
	w.unplanned(&a)
	return nil
}

// unplanned performs an action that no plan stands behind, so that what it says
// of a fault is what it is itself.
func (w *World) unplanned(a *Action) {
	w.kind = a.begins()
	w.act(a)
	w.kind = ""
}

// act performs an action that is known to be possible.
func (w *World) act(a *Action) {
	w.steps++
	w.hash = w.hash.Word(uint64(w.now))
	if w.forks < len(w.cfg.Forks) && w.timed {
		w.fork()
	}
	w.stop = a.Stop
	w.out.Reset() // not every action leads to a step
	if a.Kind.ofClient() {
		w.applyClient(a)
		return
	}
	switch a.Kind {
	case Deliver:
		w.deliver(a.route())
	case Synced:
		w.synced(a.Server, a.File)
	case Expire:
		cause := w.servers[a.Server].takeTimer(a.Timer)
		if w.happen(trace.Expire, a.Server, 0, uint64(a.Timer.Name), uint64(a.Timer.Key)) {
			e := w.event(trace.Expire, a.Server, 0, cause)
			e.Timer = a.Timer
			w.show(e)
		}
		w.in.expire.Timer = a.Timer
		w.step(a.Server, &w.in.expire, w.events)
	case DialTimeout:
		w.dialTimeout(a.route())
	case Sever:
		w.sever(a.route())
	case Elect:
		w.elect(a)
	case Start:
		w.start(a.Server)
	case Crash, MachineCrash:
		w.crash(a)
	case Pause, Resume:
		w.pause(a)
	case Cut, Heal:
		w.reshape(a)
	case Continue:
		w.goOn(a.Server)
	default:
		w.inflict(a)
	}
}

// fork has choices follow from another seed once its time has come. A source that
// is no seed goes on as it was.
func (w *World) fork() {
	if _, ok := w.src.(choice.Seed); !ok {
		return
	}
	for ; w.forks < len(w.cfg.Forks) && int64(w.cfg.Forks[w.forks].At) <= w.now; w.forks++ {
		w.src = choice.Seed(w.cfg.Forks[w.forks].Seed)
	}
}

func (w *World) deliver(r network.Route) {
	it, arrival := w.net.Take(r)
	switch arrival {
	case network.Message:
		if w.happen(trace.Deliver, r.To, r.From, uint64(r.On)<<32|uint64(r.Conn), uint64(it.Digest)) {
			e := w.event(trace.Deliver, r.To, r.From, it.Cause)
			e.Channel, e.Conn, e.Msg = r.On, r.Conn, it.Msg
			w.show(e)
		}
		in := &w.in.deliver
		in.From, in.On, in.Conn, in.Msg = r.From, r.On, r.Conn, it.Msg
		w.step(r.To, in, w.events)
	case network.CameUp:
		w.tell(trace.Open, r, it.Cause)
		w.in.opened = nodes.Opened{Peer: r.From, On: r.On, Conn: r.Conn}
		w.step(r.To, &w.in.opened, w.events)
	case network.WasRefused:
		w.tell(trace.Refuse, r, it.Cause)
		w.in.refused = nodes.Refused{Peer: r.From, On: r.On}
		w.step(r.To, &w.in.refused, w.events)
	case network.WentAway:
		w.tell(trace.Close, r, it.Cause)
		w.in.closed = nodes.Closed{Peer: r.From, On: r.On, Conn: r.Conn}
		w.step(r.To, &w.in.closed, w.events)
	case network.Discarded:
		w.drop(r.To, r.From, r.On, r.Conn, &it, "nobody there")
	}
}

// sever loses what was sent on a connection that the other end has closed, and
// tells this end that it is closed.
func (w *World) sever(r network.Route) {
	w.net.Sever(r, func(it *network.Item) { w.drop(r.To, r.From, r.On, r.Conn, it, "connection reset") })
	w.deliver(r)
}

// tell shows what a connection did at the receiving end of a route.
func (w *World) tell(k trace.Kind, r network.Route, cause uint64) {
	if w.happen(k, r.To, r.From, uint64(r.On), uint64(r.Conn)) {
		e := w.event(k, r.To, r.From, cause)
		e.Channel, e.Conn = r.On, r.Conn
		w.show(e)
	}
}

func (w *World) dialTimeout(r network.Route) {
	if r.Conn == 0 {
		w.net.GiveUpMail(r.From, r.To, r.On)
		return
	}
	w.net.GiveUp(r.Conn, w.events)
	w.tell(trace.Refuse, network.Route{From: r.To, To: r.From, On: r.On, Conn: r.Conn}, 0)
	w.in.refused = nodes.Refused{Peer: r.To, On: r.On}
	w.step(r.From, &w.in.refused, w.events)
}

func (w *World) synced(id nodes.ID, f nodes.File) {
	s := &w.servers[id]
	s.own()
	meta, _ := s.disk.Next(f)
	if s.disk.Fails(f) {
		w.syncFails(id, f, meta.Cause)
		return
	}
	ticket, last := s.disk.Done(f)
	var at nodes.Position
	if last != nil {
		at = last.Position()
	}
	if w.happen(trace.Durable, id, 0, uint64(f)<<32|uint64(ticket), at.Epoch<<32^at.Index) {
		e := w.event(trace.Durable, id, 0, meta.Cause)
		e.File, e.Ticket, e.Pos = f, ticket, at
		w.show(e)
	}
	w.in.synced = nodes.Synced{File: f, Ticket: ticket}
	w.step(id, &w.in.synced, w.events)
}

func (w *World) start(id nodes.ID) {
	s := &w.servers[id]
	s.own()
	w.in.start.Disk = s.disk.Image()
	if w.happen(trace.Start, id, 0, uint64(flag(s.booted)), 0) {
		e := w.event(trace.Start, id, 0, w.blame)
		e.Restart, e.Disk = s.booted, &w.in.start.Disk
		w.show(e)
	}
	s.booted, s.idle = true, w.now
	w.net.Boot(id)
	s.node = w.cfg.Protocol.New(nodes.Config{
		ID: id, Voters: w.cfg.Voters, Observers: w.cfg.Observers,
		Machine: w.cfg.Machine, Options: w.cfg.options(), Defects: w.cfg.Defects, Oracle: w.cfg.Oracle,
	})
	w.step(id, &w.in.start, w.events)
}

func (w *World) crash(a *Action) {
	kind := trace.Crash
	if a.Kind == MachineCrash {
		kind = trace.MachineCrash
	}
	if w.happen(kind, a.Server, 0, 0, 0) {
		e := w.event(kind, a.Server, 0, w.blame)
		e.Fault = w.kind
		w.show(e)
	}
	if a.Kind == MachineCrash {
		s := &w.servers[a.Server]
		s.own()
		if a.Both {
			s.disk.Tear()
		}
		src := w.src
		if !w.timed {
			src = fixed(a.Index)
		}
		s.disk.PowerLoss(src, &s.power)
	}
	w.die(a.Server, w.events, a.Kind == MachineCrash)
}

// fixed answers every choice alike, as far as it may.
type fixed int64

// Intn implements [choice.Source].
func (f fixed) Intn(n int64, _ *choice.Stream) int64 { return min(int64(f), n-1) }

// die ends a process: its memory is gone, its disk keeps what it must.
func (w *World) die(id nodes.ID, cause uint64, power bool) {
	s := &w.servers[id]
	s.own()
	s.node, s.paused, s.timers, s.held = nil, false, s.timers[:0:0], rest{}
	s.disk.Crash()
	if power {
		w.net.PowerLoss(id)
	} else {
		w.net.Crash(id)
	}
	w.compareViews(id, s, &nodes.Status{}, cause)
	w.serverDied(id, power)
}

func (w *World) pause(a *Action) {
	s := &w.servers[a.Server]
	s.paused = a.Kind == Pause
	kind := trace.Resume
	if s.paused {
		kind = trace.Pause
	}
	if w.happen(kind, a.Server, 0, 0, 0) {
		e := w.event(kind, a.Server, 0, w.blame)
		if s.paused {
			e.Fault = w.kind
		}
		w.show(e)
	}
	if s.paused {
		return
	}
	if s.held.on {
		w.goOn(a.Server)
	}
	if w.timed && s.node != nil {
		w.catchUp(a.Server, faults.Wake(a.Index))
	}
}

// catchUp queues again what came up for a server while it was paused: in the
// order in which it came up, or timers after or before all else.
func (w *World) catchUp(id nodes.ID, wake faults.Wake) {
	for peer := range w.all().All() {
		w.net.Pending(peer, id, func(r network.Route, it *network.Item) {
			if it.Due <= w.now {
				w.queue.push(it.Due, deliver(r))
			}
		})
	}
	w.clientsCatchUp(id) // of what is due now the queue keeps the order
	s := &w.servers[id]
	for f := range s.disk.Files() {
		if m, busy := s.disk.Next(nodes.File(f)); busy && m.Due <= w.now {
			w.queue.push(m.Due, Action{Kind: Synced, Server: id, File: nodes.File(f)})
		}
	}
	for i := range s.timers {
		t := &s.timers[i]
		if !t.armed || t.queued {
			continue
		}
		at := t.deadline
		switch wake {
		case faults.MessagesFirst:
			at = w.now
		case faults.TimersFirst:
			at -= w.now // before time began, but still in order
		}
		w.enqueueTimerAt(id, t, at)
	}
}

func (w *World) reshape(a *Action) {
	kind := trace.Cut
	if a.Kind == Heal {
		kind = trace.Heal
	}
	if w.happen(kind, 0, 0, uint64(a.A), uint64(a.B)^uint64(flag(a.Both))) {
		e := w.event(kind, 0, 0, w.blame)
		e.A, e.B, e.Both = a.A, a.B, a.Both
		if a.Kind == Cut {
			e.Fault = w.kind
		}
		w.show(e)
	}
	if a.Kind == Cut {
		w.net.Cut(a.A, a.B)
		if a.Both {
			w.net.Cut(a.B, a.A)
		}
		return
	}
	w.net.Heal(a.A, a.B, w.letGo)
	if a.Both {
		w.net.Heal(a.B, a.A, w.letGo)
	}
	w.clientsHealed()
}

// letGo sends what was held back from one server to another on its way again.
func (w *World) letGo(from, to nodes.ID) {
	if w.timed {
		w.net.Reschedule(from, to)
	}
}

func (w *World) all() nodes.Set { return w.cfg.Voters | w.cfg.Observers }
