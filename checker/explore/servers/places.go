package servers

// Unreached returns the names of the places in the protocol ([nodes.Protocol].Notes)
// that no step came to, in all searches so far, in the order in which the protocol
// lists them. It leaves out those that take a special scenario ([nodes.Note].Only).
// What a search did that went on from a checkpoint, before that, is not known.
func (w *World) Unreached() []string {
	var names []string
	for _, n := range w.shared.config.Protocol.Notes {
		if _, reached := w.shared.reached.Load(n.Name); !reached && n.Only == "" {
			names = append(names, n.Name)
		}
	}
	return names
}

// Unentered returns the phases of the protocol ([nodes.Protocol].Phases) that no server
// was in, neither when the search began nor after any step, in all searches so far.
func (w *World) Unentered() []string {
	var names []string
	for _, phase := range w.shared.config.Protocol.Phases {
		if _, entered := w.shared.phases.Load(phase); !entered {
			names = append(names, phase)
		}
	}
	return names
}
