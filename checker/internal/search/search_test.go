package search

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// op is an operation on a counter.
type op struct {
	key  string
	add  int
	seen int // what it was before
}

var counter = &Model[int, op]{
	Step:  func(n int, o op) (int, bool) { return n + o.add, n == o.seen },
	Equal: func(a, b int) bool { return a == b },
	Hash:  func(n int) uint64 { return uint64(n) },
	Show:  func(n int) string { return strings.Repeat("|", n) },
	Key:   func(o op) string { return o.key },
}

func at(call, end int64, o op) Operation[op] {
	return Operation[op]{Op: o, Call: call, Return: end, Describe: func() (string, string) { return "counts " + o.key, "some time" }}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name    string
		history []Operation[op]
		want    Verdict
		culprit int
		order   []int
	}{
		{"nothing", nil, Found, -1, nil},
		{"in turn", []Operation[op]{at(1, 2, op{"a", 1, 0}), at(3, 4, op{"a", 1, 1})}, Found, -1, nil},
		{"touching, so concurrent", []Operation[op]{at(1, 2, op{"a", 1, 1}), at(2, 3, op{"a", 1, 0})}, Found, -1, nil},
		{"lost", []Operation[op]{at(1, 2, op{"a", 1, 0}), at(3, 4, op{"a", 0, 0})}, None, 1, []int{0}},
		{"keys are apart", []Operation[op]{at(1, 2, op{"a", 1, 0}), at(3, 4, op{"b", 1, 0}), at(5, 6, op{"b", 1, 0})}, None, 2, []int{1}},
		{"unknown, and it happened", []Operation[op]{at(1, Never, op{"a", 1, 0}), at(2, 3, op{"a", 0, 1})}, Found, -1, nil},
		{"not even the first", []Operation[op]{at(1, 2, op{"a", 1, 7})}, None, 0, nil},
	} {
		s := New(counter, c.history)
		if got := s.Check(time.Minute); got != c.want {
			t.Errorf("%s: verdict %v, want %v", c.name, got, c.want)
		}
		if got := s.Culprit(time.Minute); got.Index != c.culprit || !slices.Equal(got.Order, c.order) {
			t.Errorf("%s: culprit %v, want %d without which there is %v", c.name, got, c.culprit, c.order)
		}
	}
}

// A search that takes too long says so.
func TestBudget(t *testing.T) {
	slow := *counter
	slow.Step = func(n int, o op) (int, bool) {
		time.Sleep(5 * time.Millisecond)
		return n + o.add, true
	}
	if got := New(&slow, []Operation[op]{at(1, 2, op{"a", 1, 0}), at(3, 4, op{"a", 1, 1})}).Check(time.Millisecond); got != Unknown {
		t.Errorf("%v", got)
	}
}

func TestVisualize(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.html")
	if err := New(counter, []Operation[op]{at(1, 2, op{"a", 1, 0}), at(3, 4, op{"a", 0, 0})}).Visualize(page, time.Minute); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(text), "counts a") || !strings.Contains(string(text), "some time") {
		t.Errorf("the page lacks the operations: %v", err)
	}
}
