package campaign

import (
	"context"
	"iter"

	"golang.org/x/sync/errgroup"
)

// InOrder calls do for every item, on several workers at a time, and take with
// the results in the order of the items. It stops when take returns false or
// ctx ends; what is under way then is finished. After the end of ctx the
// results of what had begun are still taken.
func InOrder[I, R any](ctx context.Context, workers int, items iter.Seq[I], do func(I) R, take func(R) bool) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	// Workers may run ahead of the slowest one, but not without bound.
	begun := make(chan chan R, 4*workers)
	go func() {
		defer close(begun)
		var group errgroup.Group
		group.SetLimit(workers)
		for item := range items {
			if ctx.Err() != nil {
				return
			}
			result := make(chan R, 1)
			begun <- result
			group.Go(func() error {
				result <- do(item)
				return nil
			})
		}
	}()
	wanted := true
	for result := range begun {
		r := <-result
		if wanted && !take(r) {
			wanted = false
			stop()
		}
	}
}
