package explore

import "context"

// T is what [Check] needs of a *testing.T.
type T interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
}

// Check searches a model and fails the test for every property that does not
// hold, with the counterexample. A search that a limit cut short fails it too:
// it has shown nothing.
func Check[S, A any](t T, m Model[S, A], o Options) *Result[S, A] {
	t.Helper()
	r, err := Search(t.Context(), m, o)
	if err != nil {
		t.Errorf("%v", err)
		return nil
	}
	for i := range r.Findings {
		switch f := &r.Findings[i]; {
		case f.Answer == Holds:
		case f.Path != nil:
			t.Errorf("%s fails after %d steps:\n%v", f.Property, len(f.Path.Steps), f.Path)
		case f.Answer == Fails:
			t.Errorf("%s: it never happens in %d states", f.Property, r.States)
		default:
			t.Errorf("%s: unknown, the search ended with %v after %d states", f.Property, r.Verdict, r.States)
		}
	}
	t.Logf("%s", r.Report())
	return r
}
