// Package servers is the model of real nodes for the model checker: those that
// the simulator runs, with messages, flushes, timers, crashes, power losses,
// pauses and partitions in every order that a [Setup] allows:
//
//	w, err := servers.New(servers.Setup{Config: config, Header: header, Properties: properties})
//	r, err := explore.Search(ctx, w, explore.Options{Workers: 2})
//	fmt.Print(r.Report())
//
// # What it sees
//
// A World has no clock. Messages take any time, and what is there to happen by
// itself may happen in any order. So it has every execution of the simulator
// within the same budget, and more: what holds in it holds there. It does not
// see what depends on durations (leases that trust clocks, backing off, how
// long anything takes), nor what lies beyond the budget; and a counterexample
// may need timings that no one would meet.
//
// Timers are held to be long. When nothing is left to happen by itself, those
// fire for nothing without which the protocol would stand still, those of
// connections to which nothing comes through, and, with elections in one step,
// those by which a server finds out that others are gone. Any other expiry, and
// any of these while something is on its way, costs one of the budget's timeouts.
//
// What a server has sent when it closes a connection or its process dies may
// arrive, or be lost from any message on. Otherwise there is no action for a loss:
// a message that never arrives is one that has not arrived yet.
//
// # What makes it coarser
//
// Fine steps: a server's step goes to where it waits for a flush or for the next
// event. The step, the end of each flush, and each delivery of what it sends are
// actions of their own; anything can come in between. A process may also die within a
// step: right after a flush and before it goes on, and before each write that follows
// another one or a message. Of what it has sent any part may be lost, so there is
// nothing to tell apart between a write and what is sent after it. A power loss takes
// writes that were not flushed, and within a step no others than behind it. Not seen
// is one that takes more of them from one file than from another, if that has as many.
//
// Elections in one step ([sim.Config.Oracle]): servers that all reach each other,
// and are a quorum, elect whom their votes make the winner, and take up their roles
// before anything else happens; a server that is late finds the leader that a
// quorum follows. Discovery and synchronization go message by message. Not seen is
// what comes of elections that end otherwise: by votes that are out of date, with
// two winners at a time, or with some who know the outcome and some who do not
// yet. What is found happens with elections by messages too.
//
// Merged steps ([Setup].Merged): what an event makes a server write is durable at
// the end of the step. Processes still die within steps, before each flush too. Not
// seen are races of a server with its disk: nothing reaches it, and no other thread of
// it runs, while it waits for a flush. All that merged steps lead to fine steps lead
// to.
//
// Connections in one step ([Setup].Prompt): both ends of a connection know at once that
// it opens, or is closed, or that nothing comes through any more. Crashes and partitions
// still come between any two messages, and what was sent last may arrive or not. Not
// seen is what servers do that have yet to learn that another one is gone or has come
// again: that a leader still counts on a follower, or has two connections to it. Of the
// 35 bugs that merged steps show one is not seen, ack-outlives-trunc, and the others show
// in three to five times fewer states. With three servers, and two transactions of which
// one is committed before, reduced searches visit these many states:
//
//	                                     by messages    in one step
//	1 partition                              471,144          3,193
//	2 crashes, 2 restarts                    659,634        192,610
//	2 crashes, 2 restarts, 1 partition                    8,101,828
//	3 crashes, 3 restarts                                 4,742,984
//
// With elections by messages, merged steps and connections in one step, the largest search
// that was completed within half an hour has 1 crash, 1 restart and 1 partition, and
// 249,554,279 states, in 509 s on two cores with 6.6 GB.
//
// # What states are not told apart by
//
// States are one if nothing depends on how they differ: neither what can happen next,
// and what comes of it, nor what a property says. Such [Differences] are taken away
// from each state when it is first met, but those that [Setup].Exact names:
//
//   - memory: what servers and clients will never look at again ([nodes.Forgetful]).
//     Each state has one that stands for it, with the same actions and the same
//     verdicts: a bisimulation. Which quorum promised the epoch of a leader, for
//     instance, is otherwise told apart for as long as that leads.
//   - mail: messages of mailbox connections that neither end knows any more. States
//     with and without them differ by deliveries of which nothing comes. A bound on
//     messages in flight counts only the others.
//   - clients: of clients with the same script who have done nothing yet the first
//     begins. To exchange them is a symmetry, as long as servers compare no names of
//     clients and properties name none. Clients in sessions have names that servers
//     make up, and with [Setup].Goals it matters who gets his turn: both are told apart.
//
// How many states that leaves, of three ZAB servers in layered searches, and how many
// times as many there are if all are told apart:
//
//	steps     start        clients writes crashes   all apart  but memory    but mail  but clients       none  factor
//	merged    boot               1      1       0       9,202       2,667       9,202        9,202      2,667    3.45
//	merged    established        1      2       1      33,149      16,405      33,149       33,149     16,405    2.02
//	merged    established        1      2       2   3,920,874                                       1,362,099    2.88
//	merged    established        2      1       1   1,247,748     568,612   1,247,748    1,212,326    549,830    2.27
//	messages  established        1      2       1     144,113     122,161      90,481      144,113     69,809    2.06
//	messages  established        1      2       2     831,377     772,993     256,473      831,377    211,709    3.93
//
// With merged steps there are as many restarts as crashes; with elections by messages
// there are none, and epochs end with 2.
//
//	go test ./checker/explore/servers -run WhatCanonicalFormsGain -explore.long -v
//
// Nothing is left to gain from values, which are data: the script of a client says in
// which order they are written, so no two states differ in their names alone. Servers
// are never exchanged: votes and connections compare their IDs, and the only permutation
// that keeps the order of a few IDs is none. Streams carry nothing dead: an end that
// closes takes with it what is on its way there. And to lose what a dead server has sent
// is not to have it come late: that the server is gone comes through.
//
// # What may as well happen at once
//
// With elections in one step, and once the budget has no faults left, a World knows
// actions that are confluent ([explore.Confluent]): see footprint.go for which. A
// reduced search gives the same answers for the properties that monitors judge, and
// for deadlocks; liveness and [Recovers] look at every state, and with those nothing
// is confluent. It rests on two habits of the protocol, that nobody dials a follower
// and that a leader does not hang up on one with something on its way to it; a search
// in which one of them is broken returns [explore.ErrNotConfluent] (habits.go). And it
// rests on monitors: if what a server did left all of them as they were, it would have
// done so later as well. That they keep what they know by server is why; a search that
// is [explore.Audited] checks it.
//
// # Standing still
//
// A search with [explore.Options].Deadlock finds states in which nothing can happen but
// faults, and servers that are connected and a quorum do not all serve ([World.Due]).
// Only those count in which nobody waits for a timer: with timers nothing stands still,
// and whether it gets anywhere is a question of liveness.
//
// # What properties cost
//
// What monitors make of a step is looked up like the step itself, and those that want
// the same events are asked together. So most properties take no time that can be
// measured, and those that follow what is on the disks a microsecond for each
// transition, which they share in part. What monitors remember tells states apart.
// Three servers, two transactions, two crashes and a restart, elections and flushes in
// one step, on a busy machine:
//
//	properties                                                      states   cpu a transition
//	none                                                            93,336             2.1 µs
//	each of 18, such as one-leader-per-epoch, client-ok             93,336     1.6 to  2.5 µs
//	each of 20, such as agreement, trunc-sent            93,864 to 117,266     1.6 to  2.3 µs
//	each of 15 that look at disks, such as epoch-order             117,266     2.7 to  3.7 µs
//	all 53                                                         133,201             4.8 µs
//
//	go test ./checker/explore/servers -run - -bench Properties -benchtime 2x
//
// What must happen sometimes costs no states where something else remembers it, which
// is mostly so: leader-changed 3 percent, crashed-mid-commit, the most, 18.
//
// # Getting well again
//
// With [Setup].Recovers a search also judges whether every state is one from which
// all is well again once faults end: see [Recovers] for what that shows.
//
// # What comes again and again
//
// With [Setup].Goals [explore.Liveness] judges whether a goal, such as a leader, comes
// again and again on every fair execution. Timers that may fire when nothing is left to
// happen, whoever is reached, must then fire some time if that is so again and again,
// and elections in one step must be held: strong fairness. For all else that happens by
// itself it is weak fairness. No time passes, so what is found is a livelock or an end
// if timers are long; that none is found says nothing of how long things take. Counters
// that grow for ever, such as rounds of elections, leave no end to the states: then
// depth or epochs must be bounded, and the answer is a lasso, or unknown.
//
// # How it works
//
// A state of a World is a vector of numbers of its parts (servers, links, clients,
// what the properties remember), and what an action does is looked up by what it
// reads: the server, the message that arrives, and clients and outlines of links as
// far as it looks at them. An outline is a link without what else is on its way, to
// which an action can only add. Nearly always all that has met before, so a step costs
// a few look-ups in tables without pointers instead of an execution of the node, its
// disk and its links. All workers share the tables.
//
// Of a part there are its number, 128 bits of hash, and what made it first and of which
// other parts. Nodes, links and monitors themselves are kept if they were wanted lately,
// and otherwise made again, which must give the same hash.
//
// One of 1024 steps that were looked up is executed as well, in the state as it is,
// and all that is known of it compared: a node that depends on more than its encoding
// says is found out. [Setup].Unmemoised has every step executed.
package servers
