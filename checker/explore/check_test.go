package explore_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/testdata/models"
)

// judgement keeps what a test would have said.
type judgement struct {
	*testing.T
	said []string
}

func (j *judgement) Errorf(format string, args ...any) {
	j.said = append(j.said, fmt.Sprintf(format, args...))
}
func (j *judgement) Context() context.Context { return context.Background() }

func TestCheck(t *testing.T) {
	never := counter{steps: 1, properties: []explore.Property[int]{{Name: "gets to 2", Kind: checker.Sometimes, Holds: func(n int) bool { return n == 2 }}}}
	for name, c := range map[string]struct {
		check func(j *judgement)
		want  string // in all that is said; "": nothing is
	}{
		"holds": {func(j *judgement) { explore.Check(j, models.TwoPhase(3), explore.Options{}) }, ""},
		"fails": {func(j *judgement) { explore.Check(j, models.DieHard{}, explore.Options{}) }, "never 4 gallons fails after 6 steps:\n  1 fill big"},
		"never": {func(j *judgement) { explore.Check(j, never, explore.Options{}) }, "gets to 2: it never happens in 2 states"},
		"cut short": {func(j *judgement) {
			explore.Check(j, models.TwoPhase(3), explore.Options{Limits: explore.Limits{Depth: 1}})
		}, "unknown, the search ended with limit: depth"},
	} {
		j := &judgement{T: t}
		c.check(j)
		if said := strings.Join(j.said, "\n"); !strings.Contains(said, c.want) || (said == "") != (c.want == "") {
			t.Errorf("%s: it says %q, want %q", name, said, c.want)
		}
	}
}
