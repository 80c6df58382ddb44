package sim

// deadline is a time that is put off with every operation and seldom reached.
// As with timers, its entry in the queue is moved when it comes up, so that a
// busy client does not fill the queue with stale ones.
type deadline struct {
	at, entry int64 // entry: when its entry comes up; 0: it has none
}

func (w *World) putOff(d *deadline, at int64, a Action) {
	d.at = at
	if d.entry == 0 || at < d.entry {
		d.entry = at
		w.queue.push(at, a)
	}
}

// reached reports whether a deadline whose entry came up at due is reached;
// if it was put off, so is the entry.
func (w *World) reached(d *deadline, due int64, a *Action) bool {
	if due != d.entry {
		return false
	}
	d.entry = 0
	if d.at > w.now {
		w.putOff(d, d.at, *a)
		return false
	}
	return true
}
