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
