package zab

import (
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// How AuthFastLeaderElection gets notifications across, over a channel that
// may lose, repeat and reorder them (R-LEG-7).

// letter is a notification on its way to a server that has not acknowledged it.
//
// There is one for each server at most: a new one takes the place of the one
// before. ZooKeeper has a queue and two threads for each voter, all of which
// soon wait for the dead while what they should tell the living is dropped.
type letter struct {
	to        nodes.ID
	tag       uint32 // the acknowledgement names it
	vote      vote
	round     uint64
	tries     int
	challenge uint64 // to be sent along; 0: we have none yet
}

// passage is a challenge given to a server for one of its letters.
type passage struct {
	to        nodes.ID
	tag       uint32
	challenge uint64
}

// maxLetterTries is how often a letter is sent before it is a new one, if the
// round it is about still lasts.
const maxLetterTries = 3

// post sends our proposal to a voter.
func (n *Node) post(to nodes.ID) {
	e := &n.auth
	e.lastTag++
	i := e.letterTo(to)
	if i < 0 {
		i = len(e.letters)
		e.letters = append(e.letters, letter{})
	}
	e.letters[i] = letter{to: to, tag: e.lastTag, vote: e.proposal, round: e.round}
	n.try(&e.letters[i])
}

// try sends a letter, or asks for the challenge that must go with it. It waits
// for the challenge twice as long at each attempt, for the acknowledgement ten
// times as long.
func (n *Node) try(l *letter) {
	if n.authenticates() && l.challenge == 0 {
		n.out.Send(l.to, datagramChannel, ChallengeRequest{l.tag})
		n.awaitAnswer(l, authFinalizeWait<<l.tries)
		return
	}
	n.out.Send(l.to, datagramChannel, AuthNotification{l.tag, l.vote.leader, l.vote.zxid, l.round, l.challenge})
	wait := authFinalizeWait
	for range l.tries {
		wait *= 10
	}
	n.awaitAnswer(l, wait)
}

func (n *Node) awaitAnswer(l *letter, d time.Duration) {
	n.out.SetTimer(nodes.Timer{Name: letterTimer, Key: uint32(l.to)}, d, d)
}

// letterTimeout tries again. A letter that failed for good starts over, as long
// as its round lasts.
func (n *Node) letterTimeout(to nodes.ID) {
	e := &n.auth
	i := e.letterTo(to)
	l := &e.letters[i]
	if l.tries++; l.tries == maxLetterTries {
		if l.round != e.round {
			e.letters = slices.Delete(e.letters, i, i+1)
			return
		}
		l.tries, l.challenge = 0, 0
	}
	n.try(l)
}

// challenged sends the letter that a challenge was asked for.
func (n *Node) challenged(from nodes.ID, m Challenge) {
	e := &n.auth
	if i := e.letterTo(from); i >= 0 && e.letters[i].tag == m.Tag && e.letters[i].challenge == 0 {
		e.letters[i].challenge = m.Challenge
		n.try(&e.letters[i])
	}
}

// delivered ends the sending of a letter.
func (n *Node) delivered(from nodes.ID, tag uint32) {
	e := &n.auth
	if i := e.letterTo(from); i >= 0 && e.letters[i].tag == tag {
		n.out.StopTimer(nodes.Timer{Name: letterTimer, Key: uint32(from)})
		e.letters = slices.Delete(e.letters, i, i+1)
	}
}

// letterTo returns the place of the letter to a server, or -1.
func (e *authElection) letterTo(to nodes.ID) int {
	return slices.IndexFunc(e.letters, func(l letter) bool { return l.to == to })
}

// givenCapacity bounds the challenges that a server remembers, for each voter.
const givenCapacity = 4

// giveChallenge returns the challenge for a letter: the same one if it is asked
// for again. ZooKeeper makes it of a counter and of random bits, against
// forgers; nobody forges here, and the counter is enough. It also keeps all that
// it has ever given; but of old letters nobody will hear again.
func (n *Node) giveChallenge(to nodes.ID, tag uint32) uint64 {
	e := &n.auth
	for _, p := range e.given {
		if p.to == to && p.tag == tag {
			return p.challenge
		}
	}
	e.challenges++
	e.given = append(e.given, passage{to, tag, e.challenges})
	if len(e.given) > givenCapacity*n.cfg.voters.voters.Len() {
		e.given = slices.Delete(e.given, 0, 1)
	}
	return e.challenges
}
