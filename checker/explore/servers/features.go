package servers

import "github.com/zabsim/zabsim/nodes"

// standing is how a server stands, as far as it matters whether that is rare.
type standing struct {
	up     bool
	role   nodes.Role
	phase  string
	epoch  uint64
	logged nodes.Position
}

// Feature implements [explore.Featured]: for each server whether it is up, its role
// and phase, and how its epoch and what it has logged compare with those of the
// others. What the epochs are, and what was written, makes no difference.
func (w *World) Feature(s State) uint64 {
	var all []standing
	for id := range w.shared.all().All() {
		all = append(all, w.standing(&s, id))
	}
	d := nodes.Digest(0)
	for i := range all {
		x := &all[i]
		d = d.Text(x.phase).Word(uint64(x.role))
		if x.up {
			d = d.Word(1)
		}
		lower, shorter := 0, 0
		for j := range all {
			if all[j].epoch < x.epoch {
				lower++
			}
			if all[j].logged.Less(x.logged) {
				shorter++
			}
		}
		d = d.Pair(uint64(lower), uint64(shorter))
	}
	return uint64(d)
}

// standing returns how a server stands in a state.
func (w *World) standing(s *State, id nodes.ID) standing {
	slot := w.shared.server[id]
	part := s.ids[slot]
	if x, known := w.standings[part]; known {
		return x
	}
	w.load(s, slot)
	x := standing{up: w.scratch.Up(id)}
	if x.up {
		status := w.scratch.Status(id)
		x.role, x.phase, x.epoch, x.logged = status.Role, status.Phase, status.Epoch, status.Logged
	}
	w.standings[part] = x
	return x
}
