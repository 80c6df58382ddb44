package scenarios

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/sim/trace"
)

// Clients are spread over sites: each has a name, a site and draws of its own, and
// asks the servers of its site.
func TestCrowds(t *testing.T) {
	s := parseAround(t, `
sites: {north: [s1, s2], south: [s3]}
clients:
  - {name: teller, sites: {north: 2, south: 1}, load: {from: 5s, operations: 5}}
  - {name: other, load: {from: 5s, operations: 5}}`)
	var got []string
	for i := range s.Clients {
		c := &s.Clients[i]
		got = append(got, fmt.Sprintf("%s at %q of %v", c.Name, c.Site, s.contacts(c)))
	}
	want := []string{
		`teller-north-1 at "north" of [s1 s2]`, `teller-north-2 at "north" of [s1 s2]`,
		`teller-south-1 at "south" of [s3]`, `other at "" of [s1 s2 s3]`,
	}
	if !slices.Equal(got, want) {
		t.Fatalf("clients: %q", got)
	}
	if a, b := s.Clients[0].Load, s.Clients[1].Load; a == b || !reflect.DeepEqual(a, b) {
		t.Errorf("they share their load, or it is not the same: %+v, %+v", a, b)
	}
	asked := make([]string, len(s.Clients))
	observer := trace.Func{Kinds: trace.Of(trace.Invoke), Do: func(e *trace.Event) {
		asked[e.Client-1] += s.application().describe(e.Op, nil) + "\n"
	}}
	if _, err := s.Run(RunOptions{Observers: []trace.Observer{observer}}); err != nil {
		t.Fatal(err)
	}
	for i, ops := range asked {
		if strings.Count(ops, "\n") != 5 || slices.Contains(asked[:i], ops) {
			t.Errorf("%s asks for the same as another, or not 5 times:\n%s", s.Clients[i].Name, ops)
		}
	}
}
