package models

import "slices"

// ZabStep is a kind of step.
type ZabStep uint8

// The steps of the specification, in its order. Those of messages have the
// place of the message's kind.
const (
	updateLeader ZabStep = iota
	followLeader
	timeout
	restart
	connect
	leaderProcessRequest
	leaderBroadcastPROPOSE
	filterNonexistentMessage
	process ZabStep = filterNonexistentMessage // plus the kind of message, from 1
)

var zabSteps = [...]string{
	updateLeader: "UpdateLeader", followLeader: "FollowLeader", timeout: "Timeout", restart: "Restart",
	connect: "ConnectAndFollowerSendCEPOCH", leaderProcessRequest: "LeaderProcessRequest",
	leaderBroadcastPROPOSE: "LeaderBroadcastPROPOSE", filterNonexistentMessage: "FilterNonexistentMessage",
	process + ZabStep(cepoch): "LeaderProcessCEPOCH", process + ZabStep(newepoch): "FollowerProcessNEWEPOCH",
	process + ZabStep(ackepoch): "LeaderProcessACKEPOCH", process + ZabStep(newleader): "FollowerProcessNEWLEADER",
	process + ZabStep(ackld): "LeaderProcessACKLD", process + ZabStep(commitld): "FollowerProcessCOMMITLD",
	process + ZabStep(propose): "FollowerProcessPROPOSE", process + ZabStep(ack): "LeaderProcessACK",
	process + ZabStep(commit): "FollowerProcessCOMMIT",
}

// Kinds implements [explore.Sorter].
func (Zab) Kinds() []string { return zabSteps[:] }

// Kind implements [explore.Sorter].
func (Zab) Kind(a ZabAction) int { return int(a.Kind) }

// Actions implements [explore.Model].
func (z Zab) Actions(s ZabState, dst []ZabAction) []ZabAction {
	offer := func(k ZabStep, i, j int) { dst = append(dst, ZabAction{k, uint8(i), uint8(j)}) }
	channel := -1
	for _, m := range s.InFlight {
		if m == 0 {
			break
		}
		if m.channel() == channel {
			continue // behind the head
		}
		channel = m.channel()
		if !s.expected(m) {
			offer(filterNonexistentMessage, m.to(), m.from())
		} else if m.kind() != cepoch || int(s.MaxEpoch) < z.Epochs {
			offer(process+ZabStep(m.kind()), m.to(), m.from())
		}
	}
	for i := range z.Servers {
		p := &s.Servers[i]
		switch p.Role {
		case looking:
			if s.Oracle != uint8(i+1) {
				offer(updateLeader, i, i)
			}
			if s.Oracle != 0 {
				offer(followLeader, i, i)
			}
		case leading:
			z.leaderActions(&s, i, offer)
		}
		if int(s.Timeouts) < z.Timeouts && int(s.Restarts) < z.Restarts {
			offer(restart, i, i)
		}
	}
	return dst
}

// leaderActions offers what a leader does without a message.
func (z Zab) leaderActions(s *ZabState, i int, offer func(k ZabStep, i, j int)) {
	p := &s.Servers[i]
	for j := range z.Servers {
		f := &s.Servers[j]
		if f.Role != following {
			continue
		}
		learner := p.Learners.has(j)
		if !learner && f.Leader == 0 && s.Oracle == uint8(i+1) {
			offer(connect, i, j)
		}
		if learner && f.Leader == uint8(i+1) && int(s.Timeouts) < z.Timeouts {
			offer(timeout, i, j)
		}
	}
	if p.Phase != broadcast {
		return
	}
	if int(s.Transactions) < z.Transactions {
		offer(leaderProcessRequest, i, i)
	}
	if last := p.History.last(); last.epoch() == int(p.Current) && int(p.Sent) < last.counter() {
		offer(leaderBroadcastPROPOSE, i, i)
	}
}

// expected reports whether the receiver of a message is what it is meant for.
func (s *ZabState) expected(m message) bool {
	p := &s.Servers[m.to()]
	switch m.kind() {
	case cepoch, ackepoch, ackld, ack:
		return p.Role == leading && p.Learners.has(m.from())
	default:
		return p.Role == following && p.Leader == uint8(m.from()+1)
	}
}

// Next implements [explore.Model].
func (z Zab) Next(s ZabState, a ZabAction) (ZabState, bool) {
	i, j := int(a.I), int(a.J)
	p := &s.Servers[i]
	switch a.Kind {
	case updateLeader:
		s.Oracle = a.I + 1
		p.lead(i)
	case followLeader:
		if s.Oracle == a.I+1 {
			p.lead(i)
		} else {
			p.Role, p.Phase = following, discovery
		}
	case timeout:
		s.Timeouts++
		z.disconnect(&s, i, j)
	case restart:
		s.Timeouts++
		s.Restarts++
		z.restart(&s, i)
	case connect:
		p.Learners = p.Learners.with(j)
		s.Servers[j].Leader = a.I + 1
		s.send(j, i, cepoch, int(s.Servers[j].Accepted), 0)
	case leaderProcessRequest:
		z.request(&s, p, i)
	case leaderBroadcastPROPOSE:
		s.propose(i)
	case filterNonexistentMessage:
		s.take(j, i)
		s.Wrong |= messageIllegal
	default:
		z.process(&s, i, j, s.take(j, i))
	}
	return s, true
}

// lead makes server i leader.
func (p *ZabServer) lead(i int) {
	p.Role, p.Phase = leading, discovery
	p.Learners = servers(0).with(i)
	var none answers
	p.Cepochs, p.Ackes, p.Acklds = none.with(i), none.with(i), none.with(i)
	p.Epochs, p.Currents, p.Offers = [zabServers]uint8{}, [zabServers]uint8{}, [zabServers]history{}
	p.Epochs[i], p.Currents[i], p.Offers[i] = p.Accepted, p.Current, p.History
	p.Sent = 0
}

// lookAgain sends a server back to the election.
func (p *ZabServer) lookAgain() { p.Role, p.Phase, p.Leader = looking, election, 0 }

// disconnect breaks the connection of leader i and its learner j. A leader
// left without a quorum takes all its learners back with it.
func (z Zab) disconnect(s *ZabState, i, j int) {
	p := &s.Servers[i]
	if !z.quorum(p.Learners.minus(j)) {
		s.abdicate(i)
		return
	}
	s.part(i, j)
}

// part ends the connection of leader i and learner j and sends j back to the
// election.
func (s *ZabState) part(i, j int) {
	p := &s.Servers[i]
	p.Learners = p.Learners.minus(j)
	p.Cepochs, p.Ackes, p.Acklds = p.Cepochs.disconnect(j), p.Ackes.disconnect(j), p.Acklds.disconnect(j)
	s.Servers[j].lookAgain()
	s.drop(func(m message) bool { return m.from() == i && m.to() == j || m.from() == j && m.to() == i })
}

// abdicate sends leader i and all its learners back to the election.
func (s *ZabState) abdicate(i int) {
	all := s.Servers[i].Learners
	for j := range s.Servers {
		if all.has(j) {
			s.Servers[j].lookAgain()
		}
	}
	s.drop(func(m message) bool { return all.has(m.to()) })
	s.Servers[i].Learners = 0
}

func (z Zab) restart(s *ZabState, i int) {
	p := &s.Servers[i]
	switch {
	case p.Role == leading:
		s.abdicate(i)
	case p.Role == following && p.Leader != 0:
		z.disconnect(s, int(p.Leader-1), i)
	case p.Role == following:
		p.lookAgain()
		s.drop(func(m message) bool { return m.to() == i })
	}
	p.Committed, p.Upto = 0, 0
}

// request appends a transaction to the history of leader i.
func (z Zab) request(s *ZabState, p *ZabServer, i int) {
	next := makeZxid(int(p.Current), 1)
	if last := p.History.last(); last.epoch() == int(p.Current) {
		next = last + 1
	}
	p.History = p.History.append(makeTxn(next, int(s.Requests), int(p.Current), servers(0).with(i)))
	s.Requests++
	s.Transactions = 0
	for j := range s.Servers {
		s.Transactions = max(s.Transactions, uint8(s.Servers[j].History.len()))
	}
}

// send appends a message to a channel.
func (s *ZabState) send(from, to int, k kind, epoch int, body uint64) {
	m := makeMessage(from, to, k, epoch, body)
	n := 0
	for n < zabInFlight && s.InFlight[n] != 0 {
		n++
	}
	if n == zabInFlight {
		panic("models: too many messages in flight")
	}
	for ; n > 0 && s.InFlight[n-1].channel() > m.channel(); n-- {
		s.InFlight[n] = s.InFlight[n-1]
	}
	s.InFlight[n] = m
}

// take removes the head of a channel.
func (s *ZabState) take(from, to int) message {
	at := slices.IndexFunc(s.InFlight[:], func(m message) bool { return m.from() == from && m.to() == to })
	m := s.InFlight[at]
	copy(s.InFlight[at:], s.InFlight[at+1:])
	s.InFlight[zabInFlight-1] = 0
	return m
}

// drop removes messages.
func (s *ZabState) drop(lost func(message) bool) {
	n := 0
	for _, m := range s.InFlight {
		if m != 0 && !lost(m) {
			s.InFlight[n] = m
			n++
		}
	}
	clear(s.InFlight[n:])
}

// sendAll sends a message of leader i to some of its learners.
func (s *ZabState) sendAll(i int, to servers, k kind, epoch int, body uint64) {
	to &= s.Servers[i].Learners
	for j := range s.Servers {
		if j != i && to.has(j) {
			s.send(i, j, k, epoch, body)
		}
	}
}

// propose broadcasts the next transaction of leader i's epoch.
func (s *ZabState) propose(i int) {
	p := &s.Servers[i]
	p.Sent++
	t := p.History.at(p.History.index(makeZxid(int(p.Current), int(p.Sent))))
	s.sendAll(i, p.Ackes.connected(), propose, 0, uint64(t&^0x3f))
	s.noteProposal(i, int(p.Current), t)
}

// noteProposal remembers that i proposed t in an epoch.
func (s *ZabState) noteProposal(i, epoch int, t txn) {
	entry := uint16(i)<<14 | uint16(epoch)<<11 | uint16(t>>6) + 1
	n := 0
	for n < zabSent && s.Proposed[n] != 0 && s.Proposed[n] < entry {
		n++
	}
	if n < zabSent && s.Proposed[n] == entry {
		return
	}
	if s.Proposed[zabSent-1] != 0 {
		panic("models: too many proposals")
	}
	copy(s.Proposed[n+1:], s.Proposed[n:])
	s.Proposed[n] = entry
}

// noteHistory remembers that i proposed all of a history in an epoch.
func (s *ZabState) noteHistory(i, epoch int, h history) {
	for k := range h.len() {
		s.noteProposal(i, epoch, h.at(k))
	}
}
