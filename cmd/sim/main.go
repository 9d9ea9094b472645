// Command sim simulates a fleet of GPUs that pre-training jobs, RL
// post-training and inference requests share. See `sim help`.
package main

import (
	"fmt"
	"os"
)

func main() {
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	err := rootCommand(a).Execute()
	if err != nil {
		fmt.Fprintf(os.Stderr, "sim: %v\n", err)
	}
	os.Exit(exitCode(err))
}
