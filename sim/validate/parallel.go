package validate

import (
	"context"
	"sync"
)

// parallel does n pieces of work, the last first, so many at once. Progress, if
// not nil, is told how many are done. It stops early when the context ends.
func parallel(ctx context.Context, n, workers int, progress func(done, of int), work func(i int)) error {
	var mu sync.Mutex
	done := 0
	var group sync.WaitGroup
	next := make(chan int)
	for range max(1, workers) {
		group.Go(func() {
			for i := range next {
				work(i)
				mu.Lock()
				done++
				if progress != nil {
					progress(done, n)
				}
				mu.Unlock()
			}
		})
	}
	for i := n - 1; i >= 0 && ctx.Err() == nil; i-- {
		next <- i
	}
	close(next)
	group.Wait()
	return ctx.Err()
}
