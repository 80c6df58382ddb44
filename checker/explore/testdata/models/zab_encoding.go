package models

import (
	"encoding/binary"

	"github.com/zabsim/zabsim/checker/explore"
)

// AppendTo implements [explore.Model].
func (z Zab) AppendTo(b []byte, s ZabState) []byte {
	for i := range z.Servers {
		p := &s.Servers[i]
		b = append(b, byte(p.Role)<<4|byte(p.Phase), p.Accepted<<4|p.Current, p.Committed<<4|p.Leader, byte(p.Upto),
			byte(p.Learners)<<4|p.Sent, byte(p.Cepochs), byte(p.Ackes), byte(p.Acklds))
		for j := range z.Servers {
			b = append(b, p.Epochs[j]<<4|p.Currents[j])
			b = p.Offers[j].appendTo(b)
		}
		b = p.History.appendTo(b)
	}
	for _, m := range s.InFlight {
		if m == 0 {
			break
		}
		b = append(b, byte(m>>56), byte(m>>48))
		b = history(m.body()).appendTo(b)
	}
	b = append(b, 0xff)
	for _, t := range s.Proposed {
		if t == 0 {
			break
		}
		b = binary.BigEndian.AppendUint16(b, t)
	}
	b = append(b, 0, 0)
	for _, l := range s.Leaders[1:] {
		b = append(b, byte(l))
	}
	return append(b, s.Oracle, byte(s.Wrong), s.Timeouts<<4|s.Restarts, s.Transactions<<4|s.MaxEpoch, s.Requests)
}

// Pack implements [explore.Packer].
func (z Zab) Pack(b []byte, s ZabState) []byte { return z.AppendTo(b, s) }

// Unpack implements [explore.Packer]. It mirrors AppendTo.
func (z Zab) Unpack(b []byte) ZabState {
	var s ZabState
	for i := range z.Servers {
		p := &s.Servers[i]
		p.Role, p.Phase = role(b[0]>>4), phase(b[0]&15)
		p.Accepted, p.Current = b[1]>>4, b[1]&15
		p.Committed, p.Leader = b[2]>>4, b[2]&15
		p.Upto = zxid(b[3])
		p.Learners, p.Sent = servers(b[4]>>4), b[4]&15
		p.Cepochs, p.Ackes, p.Acklds = answers(b[5]), answers(b[6]), answers(b[7])
		b = b[8:]
		for j := range z.Servers {
			p.Epochs[j], p.Currents[j] = b[0]>>4, b[0]&15
			p.Offers[j], b = readHistory(b[1:])
		}
		p.History, b = readHistory(b)
	}
	for n := 0; b[0] != 0xff; n++ {
		head := message(b[0])<<56 | message(b[1])<<48
		var body history
		body, b = readHistory(b[2:])
		s.InFlight[n] = head | message(body)
	}
	b = b[1:]
	for n := range s.Proposed {
		if s.Proposed[n] = binary.BigEndian.Uint16(b); s.Proposed[n] == 0 {
			break
		}
		b = b[2:]
	}
	b = b[2:] // the zero behind the last
	for e := range s.Leaders[1:] {
		s.Leaders[e+1] = servers(b[e])
	}
	b = b[zabEpochs:]
	s.Oracle, s.Wrong = b[0], wrong(b[1])
	s.Timeouts, s.Restarts = b[2]>>4, b[2]&15
	s.Transactions, s.MaxEpoch, s.Requests = b[3]>>4, b[3]&15, b[4]
	return s
}

// readHistory reads what appendTo wrote and returns what is behind it.
func readHistory(b []byte) (history, []byte) {
	var h history
	n := int(b[0])
	for i := range n {
		h |= history(binary.LittleEndian.Uint16(b[1+2*i:])) << (16 * i)
	}
	return h, b[1+2*n:]
}

// appendTo encodes the length and as many transactions.
func (h history) appendTo(b []byte) []byte {
	n := h.len()
	b = append(b, byte(n))
	for i := range n {
		b = binary.LittleEndian.AppendUint16(b, uint16(h.at(i)))
	}
	return b
}

// AppendCore implements [explore.Layered].
func (z Zab) AppendCore(b []byte, s ZabState) []byte {
	s.Timeouts, s.Restarts = 0, 0
	return z.AppendTo(b, s)
}

// Spent implements [explore.Layered]. Where there may be as many restarts as
// timeouts it does not matter how many there were.
func (z Zab) Spent(s ZabState) explore.Spent {
	if z.Restarts >= z.Timeouts {
		s.Restarts = 0
	}
	return explore.Spent{s.Timeouts, s.Restarts}
}

// Costs implements [explore.Layered].
func (Zab) Costs(_ ZabState, a ZabAction) bool { return a.Kind == timeout || a.Kind == restart }
