package trace

// Tee fans events out to observers, each in the order it was added. An
// observer is called only for the kinds it wants.
type Tee struct {
	wants Set
	by    [Kinds][]Observer
}

// NewTee returns a Tee for the given observers; nil ones are left out.
func NewTee(observers ...Observer) *Tee {
	t := &Tee{}
	for _, o := range observers {
		if o != nil {
			t.Add(o)
		}
	}
	return t
}

// Add adds an observer.
func (t *Tee) Add(o Observer) {
	w := o.Wants()
	t.wants |= w
	for k := range Kinds {
		if w.Has(k) {
			t.by[k] = append(t.by[k], o)
		}
	}
}

// Wants implements [Observer].
func (t *Tee) Wants() Set { return t.wants }

// Observe implements [Observer].
func (t *Tee) Observe(e *Event) {
	for _, o := range t.by[e.Kind] {
		o.Observe(e)
	}
}

// Func is an Observer made of a function.
type Func struct {
	Kinds Set
	Do    func(*Event)
}

// Wants implements [Observer].
func (f Func) Wants() Set { return f.Kinds }

// Observe implements [Observer].
func (f Func) Observe(e *Event) { f.Do(e) }
