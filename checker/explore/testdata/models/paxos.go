package models

// Ballot orders the attempts to decide. Ballots of two servers differ.
type Ballot struct{ Round, Leader int }

func (b Ballot) less(c Ballot) bool {
	return b.Round < c.Round || b.Round == c.Round && b.Leader < c.Leader
}

// Proposal is a value that a client wants to be decided.
type Proposal struct {
	Req, Client int
	Value       byte
}

// Vote is a proposal that was accepted in a ballot; the zero Vote is none.
type Vote struct {
	Ballot   Ballot
	Proposal Proposal
}

// PaxosPhase is what a message between Paxos servers says.
type PaxosPhase uint8

// The messages of Paxos.
const (
	Prepare PaxosPhase = iota + 1
	Promise            // and the vote cast last
	Accept
	Accepted
	Decided
)

// PaxosMsg is a message between Paxos servers.
type PaxosMsg struct {
	Phase  PaxosPhase
	Ballot Ballot
	Vote   Vote // Promise: the vote cast last. Accept, Decided: its proposal
}

// PaxosServer is proposer and acceptor in one.
type PaxosServer struct {
	Ballot   Ballot
	Proposal Proposal // what it proposes itself; none if Req is 0
	Promises []Vote   // by server
	Promised uint     // the servers that Promises holds votes of
	Accepts  uint     // the servers that accepted its proposal
	Vote     Vote
	Decided  bool
}

// NewPaxos returns a register that can be written once: Paxos decides between
// the values of the clients. A client that comes second is never answered by
// the server it asked unless that one knows the decision.
func NewPaxos(servers, clients int) *Register[PaxosServer, PaxosMsg] {
	r := &Register[PaxosServer, PaxosMsg]{clients: clients, handle: paxos(servers)}
	for range servers {
		r.servers = append(r.servers, PaxosServer{Promises: make([]Vote, servers)})
	}
	return r
}

func paxos(servers int) handler[PaxosServer, PaxosMsg] {
	return func(me int, v PaxosServer, from int, msg Msg[PaxosMsg], send func(int, Msg[PaxosMsg])) (PaxosServer, bool) {
		p := paxosStep{servers, me, v, send}
		happened := p.step(from, msg)
		return p.PaxosServer, happened
	}
}

// paxosStep is a server while it handles a message.
type paxosStep struct {
	servers, me int
	PaxosServer
	send func(int, Msg[PaxosMsg])
}

func (p *paxosStep) tell(to int, m PaxosMsg) { p.send(to, Msg[PaxosMsg]{Inner: m}) }

func (p *paxosStep) broadcast(m PaxosMsg) {
	for peer := range p.servers {
		if peer != p.me {
			p.tell(peer, m)
		}
	}
}

// step handles a message and reports whether that did anything.
func (p *paxosStep) step(from int, msg Msg[PaxosMsg]) bool {
	in := msg.Inner
	switch {
	case p.Decided:
		// Undecided servers do not answer a Get: a decision may be on its way.
		if msg.Kind != Get {
			return false
		}
		p.send(from, Msg[PaxosMsg]{Kind: GetOK, Req: msg.Req, Value: p.Vote.Proposal.Value})
	case msg.Kind == Put && p.Proposal.Req == 0:
		p.propose(Proposal{msg.Req, from, msg.Value})
	case in.Phase == Prepare && p.Ballot.less(in.Ballot):
		p.Ballot = in.Ballot
		p.tell(from, PaxosMsg{Promise, in.Ballot, p.Vote})
	case in.Phase == Promise && in.Ballot == p.Ballot:
		p.promised(from, in.Vote)
	case in.Phase == Accept && !in.Ballot.less(p.Ballot):
		p.Ballot = in.Ballot
		p.Vote = in.Vote
		p.tell(from, PaxosMsg{Phase: Accepted, Ballot: in.Ballot})
	case in.Phase == Accepted && in.Ballot == p.Ballot:
		p.accepted(from)
	case in.Phase == Decided:
		p.Ballot, p.Vote, p.Decided = in.Ballot, in.Vote, true
	default:
		return false
	}
	return true
}

// propose begins a ballot of one's own, with a promise to oneself.
func (p *paxosStep) propose(proposal Proposal) {
	p.Proposal = proposal
	p.Ballot = Ballot{p.Ballot.Round + 1, p.me}
	p.Promises, p.Promised, p.Accepts = make([]Vote, p.servers), 0, 0
	p.promise(p.me, p.Vote)
	p.broadcast(PaxosMsg{Phase: Prepare, Ballot: p.Ballot})
}

func (p *paxosStep) promise(from int, last Vote) {
	promises := make([]Vote, p.servers)
	copy(promises, p.Promises)
	promises[from] = last
	p.Promises = promises
	p.Promised |= 1 << from
}

// promised counts a promise. With a majority of them no older ballot can
// decide any more, and what one may have decided is among the votes: the
// newest of them must be proposed, if there is any.
func (p *paxosStep) promised(from int, last Vote) {
	p.promise(from, last)
	if count(p.Promised) != majority(p.servers) {
		return
	}
	var newest Vote
	for _, v := range p.Promises {
		if newest.Ballot.less(v.Ballot) {
			newest = v
		}
	}
	if newest != (Vote{}) {
		p.Proposal = newest.Proposal
	}
	p.Vote = Vote{p.Ballot, p.Proposal}
	p.Accepts |= 1 << p.me
	p.broadcast(PaxosMsg{Accept, p.Ballot, p.Vote})
}

// accepted counts a vote for one's own proposal.
func (p *paxosStep) accepted(from int) {
	p.Accepts |= 1 << from
	if count(p.Accepts) != majority(p.servers) {
		return
	}
	p.PaxosServer.Decided = true
	p.broadcast(PaxosMsg{Decided, p.Ballot, Vote{p.Ballot, p.Proposal}})
	p.send(p.Proposal.Client, Msg[PaxosMsg]{Kind: PutOK, Req: p.Proposal.Req})
}

func count(set uint) int {
	n := 0
	for ; set != 0; set &= set - 1 {
		n++
	}
	return n
}
