package servers_test

import (
	"slices"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
)

// A search tells which places in the protocol it never came to: without faults no
// follower is brought up to date behind the start.
func TestUnreached(t *testing.T) {
	for crashes := range 2 {
		setup := merged.of(cluster(2, 2, faults.Budget{Crashes: crashes, Restarts: crashes}))
		w := world(t, established(t, setup, servers.Established{Transactions: 1}))
		exploretest.Search(t, w, explore.Options{Workers: 2})
		never := w.Unreached()
		if slices.Contains(never, "sync-diff-empty") != (crashes == 0) || !slices.Contains(never, "sync-snap") {
			t.Errorf("%d crashes: not reached: %v", crashes, never)
		}
	}
}

// A search tells which phases no server was in: without a crash all stay where they were
// when it began.
func TestUnentered(t *testing.T) {
	for crashes := range 2 {
		setup := merged.of(cluster(2, 1, faults.Budget{Crashes: crashes, Restarts: crashes}))
		w := world(t, established(t, setup, servers.Established{}))
		exploretest.Search(t, w, explore.Options{Workers: 2})
		want := []string{"election", "discovery", "synchronization"}
		if crashes > 0 {
			want = nil
		}
		if never := w.Unentered(); !slices.Equal(never, want) {
			t.Errorf("%d crashes: not entered: %v", crashes, never)
		}
	}
}
