package sim

// Connects reports whether an action that is possible is a Deliver of what becomes of a
// connection: that it was dialled, accepted or refused, or that its other end is closed.
func (w *World) Connects(a Action) bool { return a.Kind == Deliver && w.net.Connects(a.route()) }

// HungUp reports whether an action takes something from a connection of which the other
// end is closed already.
func (w *World) HungUp(a Action) bool { return a.takes() && w.net.Severable(a.route()) }
