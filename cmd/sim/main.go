// Command sim simulates a fleet of GPUs that pre-training jobs, RL
// post-training and inference requests share. See `sim help`.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run()) }

// run is the process: it returns the exit code. The first interrupt asks the
// command to stop, a second one ends the process at once.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return newApp().execute(ctx, os.Args[1:])
}
