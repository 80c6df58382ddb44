package campaign

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// How soon each strategy finds planted defects is measured by
//
//	go test ./checker/campaign -run HowSoon -v -timeout 1h -campaign.measure=5
//
// and what came of it stands in the package's doc.
var (
	measure = flag.Int("campaign.measure", 0, "how many campaigns of each strategy to measure")
	most    = flag.Uint64("campaign.most", 150, "how many runs a measured campaign has at most")
	against = flag.String("campaign.defects", "forget-accepted-epoch,ZOOKEEPER-2355,ZOOKEEPER-2872,ZOOKEEPER-4712,R-DUR-11,ZOOKEEPER-4646,ZOOKEEPER-2846", "the defects to measure with")
)

func TestHowSoonStrategiesFindDefects(t *testing.T) {
	if *measure == 0 {
		t.Skip("run it with -campaign.measure=5; it takes minutes")
	}
	fmt.Printf("%-24s", "")
	for _, s := range Strategies {
		fmt.Printf(" %9s", s)
	}
	fmt.Println()
	for defect := range strings.SplitSeq(*against, ",") {
		fmt.Printf("%-24s", defect)
		for _, s := range Strategies {
			fmt.Printf(" %9s", median(t, defect, s))
		}
		fmt.Println()
	}
}

// median returns the median of how many runs it took to find a defect.
func median(t *testing.T, defect string, s Strategy) string {
	t.Helper()
	var took []uint64
	for i := range *measure {
		summary, err := Run(t.Context(), Config{
			Scenarios: load(t, "swarm"), Defects: []string{defect}, Strategy: s, Workers: 2, Runs: *most, Seed: 1 + uint64(i)*100_000,
		})
		if err != nil {
			t.Fatal(err)
		}
		n := summary.Runs
		if len(summary.Groups) == 0 {
			n++ // not found
		}
		took = append(took, n)
	}
	slices.Sort(took)
	if n := took[len(took)/2]; n <= *most {
		return strconv.FormatUint(n, 10)
	}
	return fmt.Sprintf(">%d", *most)
}
