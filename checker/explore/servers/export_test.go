package servers

// KeepNothing has w and its forks make parts again nearly whenever they are wanted.
func (w *World) KeepNothing() {
	w.shared.lives.parts, w.shared.lives.sittings = make(cache, 1), make(cache, 1)
}
