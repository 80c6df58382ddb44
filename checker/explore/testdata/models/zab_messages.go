package models

// process has server i handle a message from j, which it expected.
func (z Zab) process(s *ZabState, i, j int, m message) {
	p := &s.Servers[i]
	switch m.kind() {
	case cepoch:
		z.processCEPOCH(s, p, i, j, m)
	case newepoch:
		s.processNEWEPOCH(p, i, j, m)
	case ackepoch:
		z.processACKEPOCH(s, p, i, j, m)
	case newleader:
		s.processNEWLEADER(p, i, j, m)
	case ackld:
		z.processACKLD(s, p, i, j, m)
	case commitld:
		s.processCOMMITLD(p, m.zxid())
	case propose:
		s.processPROPOSE(p, i, j, txn(m.body()))
	case ack:
		z.processACK(s, p, i, j, m.zxid())
	case commit:
		s.processCOMMIT(p, m.zxid())
	}
}

// expect notes that a server is in another phase than the algorithm says.
func (s *ZabState) expect(p *ZabServer, want phase) {
	if p.Phase != want {
		s.Wrong |= stateInconsistent
	}
}

// processCEPOCH: the leader waits for the promised epochs of a quorum and then
// announces a higher one.
func (z Zab) processCEPOCH(s *ZabState, p *ZabServer, i, j int, m message) {
	announced := z.quorum(p.Cepochs.from())
	if !announced {
		s.expect(p, discovery)
	}
	p.Cepochs = p.Cepochs.with(j)
	p.Epochs[j] = uint8(m.epoch())
	if announced {
		s.send(i, j, newepoch, int(p.Accepted), 0)
	} else if z.quorum(p.Cepochs.from()) {
		p.Accepted = 0
		for k, e := range p.Epochs {
			if p.Cepochs.from().has(k) {
				p.Accepted = max(p.Accepted, e+1)
			}
		}
		s.sendAll(i, p.Cepochs.connected(), newepoch, int(p.Accepted), 0)
	}
	s.MaxEpoch = 0
	for k := range s.Servers {
		s.MaxEpoch = max(s.MaxEpoch, s.Servers[k].Accepted)
	}
}

// processNEWEPOCH: a follower promises the new epoch and says what it has.
func (s *ZabState) processNEWEPOCH(p *ZabServer, i, j int, m message) {
	switch {
	case m.epoch() < int(p.Accepted):
		s.part(j, i)
	case p.Phase != discovery:
		s.Wrong |= stateInconsistent
	default:
		p.Accepted, p.Phase = uint8(m.epoch()), synchronization
		s.send(i, j, ackepoch, int(p.Current), uint64(p.History))
	}
}

// processACKEPOCH: the leader waits for the histories of a quorum, takes over
// the most recent and sends it to all.
func (z Zab) processACKEPOCH(s *ZabState, p *ZabServer, i, j int, m message) {
	settled := z.quorum(p.Ackes.from())
	p.Ackes = p.Ackes.with(j)
	p.Currents[j], p.Offers[j] = uint8(m.epoch()), history(m.body())
	if settled {
		s.send(i, j, newleader, int(p.Accepted), uint64(p.History))
		s.noteHistory(i, int(p.Accepted), p.History)
		return
	}
	s.expect(p, discovery)
	if !z.quorum(p.Ackes.from()) {
		return
	}
	p.Current, p.Phase = p.Accepted, synchronization
	s.Leaders[p.Current] = s.Leaders[p.Current].with(i)
	p.History = p.initialHistory(i)
	s.sendAll(i, p.Ackes.connected(), newleader, int(p.Accepted), uint64(p.History))
	s.noteHistory(i, int(p.Accepted), p.History)
}

// initialHistory returns the most recent history that leader i was offered,
// acknowledged by i alone.
func (p *ZabServer) initialHistory(i int) history {
	best := i
	for j := range p.Offers {
		if !p.Ackes.from().has(j) {
			continue
		}
		if p.Currents[j] > p.Currents[best] || p.Currents[j] == p.Currents[best] && p.Offers[j].last() > p.Offers[best].last() {
			best = j
		}
	}
	h := p.Offers[best]
	for k := range h.len() {
		h = h.set(k, h.at(k)&^7|txn(servers(0).with(i)))
	}
	return h
}

// processNEWLEADER: a follower takes over the history of the leader.
func (s *ZabState) processNEWLEADER(p *ZabServer, i, j int, m message) {
	if int(p.Accepted) != m.epoch() {
		s.part(j, i)
		return
	}
	s.expect(p, synchronization)
	p.Current, p.History = p.Accepted, history(m.body())
	s.send(i, j, ackld, 0, uint64(p.History.last()))
}

// processACKLD: the leader waits until a quorum has its history; then all of
// it is committed and it serves.
func (z Zab) processACKLD(s *ZabState, p *ZabServer, i, j int, m message) {
	serving := z.quorum(p.Acklds.from())
	p.Acklds = p.Acklds.with(j)
	for k := range p.History.len() {
		if t := p.History.at(k); t.zxid() <= m.zxid() {
			p.History = p.History.set(k, t.acked(servers(0).with(j)))
		}
	}
	if serving {
		s.expect(p, broadcast)
		s.send(i, j, commitld, 0, uint64(p.Upto))
		return
	}
	s.expect(p, synchronization)
	if z.quorum(p.Acklds.from()) {
		p.Committed, p.Upto, p.Phase = uint8(p.History.len()), p.History.last(), broadcast
		s.sendAll(i, p.Acklds.connected(), commitld, 0, uint64(p.Upto))
	}
}

// processCOMMITLD: a follower commits the history it took over.
func (s *ZabState) processCOMMITLD(p *ZabServer, z zxid) {
	if at := p.History.index(z); at < p.History.len() {
		p.Committed = uint8(at + 1)
	} else {
		s.Wrong |= proposalInconsistent
		p.Committed = uint8(at + 1)
	}
	p.Upto, p.Phase = z, broadcast
}

// processPROPOSE: a follower appends a transaction and acknowledges it.
func (s *ZabState) processPROPOSE(p *ZabServer, i, j int, t txn) {
	z, last := t.zxid(), p.History.last()
	first := z.counter() == 1 && last.epoch() < z.epoch()
	if first || z.counter() > 1 && last+1 == z {
		p.History = p.History.append(makeTxn(z, int(t>>6&7), int(p.Current), 0))
		s.send(i, j, ack, 0, uint64(z))
	} else if !p.History.has(p.History.index(z)) {
		s.Wrong |= proposalInconsistent
	}
}

// processACK: the leader counts acknowledgements, which come in order, and
// commits what a quorum has, in order.
func (z Zab) processACK(s *ZabState, p *ZabServer, i, j int, zx zxid) {
	at := p.History.index(zx)
	acked := -1
	for k := range p.History.len() {
		if p.History.at(k).acks().has(j) {
			acked = k
		}
	}
	if !p.History.has(at) || acked >= 0 && acked+1 != at {
		s.Wrong |= ackInconsistent
		return
	}
	t := p.History.at(at).acked(servers(0).with(j))
	p.History = p.History.set(at, t)
	outstanding := int(p.Committed) < p.History.len()
	if !outstanding || zx <= p.Upto || int(p.Committed) < at || !z.quorum(t.acks()) {
		return
	}
	if int(p.Committed) != at {
		s.Wrong |= commitInconsistent
	}
	p.Committed, p.Upto = uint8(at+1), zx
	s.sendAll(i, p.Acklds.connected(), commit, 0, uint64(zx))
}

// processCOMMIT: a follower commits the next transaction.
func (s *ZabState) processCOMMIT(p *ZabServer, z zxid) {
	if int(p.Committed) >= p.History.len() {
		return // not seen yet; the specification only warns
	}
	if p.History.at(int(p.Committed)).zxid() != z {
		s.Wrong |= commitInconsistent
		return
	}
	p.Committed++
	p.Upto = z
}
