// Command zabsim simulates atomic broadcast protocols, injects faults and
// checks what they promise.
//
//	zabsim run shanghai-guangzhou
//	zabsim run shanghai-guangzhou --seeds 1-1000
//	zabsim fuzz --for 10m
//	zabsim explore three-servers
//	zabsim shrink last
//	zabsim replay last --step
//	zabsim list
//	zabsim explain no-lost-commit
//
// What a run does follows from the scenario file and the command line alone.
// The environment has a say in presentation and resources only: ZABSIM_OUT,
// ZABSIM_WORKERS, ZABSIM_COLOR and NO_COLOR.
package main

import (
	"context"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	// After the first interrupt the seed that runs is finished; the second one
	// ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(execute(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
