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
// Elections in one step ([sim.Config.Oracle]): servers that all reach each other,
// and are a quorum, elect whom their votes make the winner, and take up their roles
// before anything else happens; a server that is late finds the leader that a
// quorum follows. Discovery and synchronization go message by message. Not seen is
// what comes of elections that end otherwise: by votes that are out of date, with
// two winners at a time, or with some who know the outcome and some who do not
// yet. What is found happens with elections by messages too.
//
// Merged steps ([Setup].Merged): what an event makes a server write is durable at
// the end of the step. Crashes still come between any two flushes. Not seen are
// races of a server with its disk: nothing reaches it, and no other thread of it
// runs, while it waits for a flush. All that merged steps lead to fine steps lead
// to.
//
// # Getting well again
//
// With [Setup].Recovers a search also judges whether every state is one from which
// all is well again once faults end: see [Recovers] for what that shows.
//
// # How it works
//
// A state of a World is a vector of numbers of its parts, and an action is
// looked up by the parts it reads; nearly always they met before. So a step
// costs a few look-ups instead of an execution of the node, its disk and its
// links.
package servers
