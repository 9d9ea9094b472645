package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"go.uber.org/zap"

	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/traces"
)

// app is what every command works with: where it writes and what the global
// flags said.
type app struct {
	stdin    io.Reader
	stdout   io.Writer // results only
	stderr   io.Writer // progress, logs and messages
	log      *zap.Logger
	format   string // table, json, csv or markdown
	logLevel string
	verbose  bool
	progress progressMode
	started  bool // a command's own code has begun
	noted    noted
	args     []string // of the command line
}

// command is how the process was called.
func (a *app) command() string { return commandLine(a.args) }

// noted is the notes a process has given: each is given once, however many
// runs of a scenario have cause to.
type noted struct {
	sync.Mutex
	given []string
}

// note tells the user something on stderr, once.
func (a *app) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	a.noted.Lock()
	defer a.noted.Unlock()
	if !slices.Contains(a.noted.given, text) {
		a.noted.given = append(a.noted.given, text)
		fmt.Fprintf(a.stderr, "sim: note: %s\n", text)
	}
}

// newApp returns the app of a process.
func newApp() *app {
	return &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, log: zap.NewNop()}
}

// Exit codes of the command line (a contract: scripts rely on them).
const (
	exitDone        = 0
	exitFailed      = 1   // the run failed, or an input or output error
	exitUsage       = 2   // bad usage or bad input
	exitGoalMissed  = 3   // it ran, but a goal was missed
	exitInterrupted = 130 // interrupted by the user
)

// exitError is an error that knows its exit code.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// usageErrorf reports bad usage or bad input: exit code 2.
func usageErrorf(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// goalMissedf reports that a run finished and missed a goal: exit code 3.
func goalMissedf(format string, args ...any) error {
	return &exitError{exitGoalMissed, fmt.Errorf(format, args...)}
}

// exitCode maps an error to the process's exit code.
func exitCode(err error) int {
	var exit *exitError
	var problems scenario.Problems
	var broken *traces.FormatError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &exit):
		return exit.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &problems), errors.As(err, &broken):
		return exitUsage
	}
	return exitFailed
}

// report prints the error that ended a command. Problems of a scenario begin
// with the file's name, so that editors and terminals can jump there.
func (a *app) report(err error) {
	var problems scenario.Problems
	if errors.As(err, &problems) {
		fmt.Fprintln(a.stderr, err)
		return
	}
	fmt.Fprintf(a.stderr, "sim: %v\n", err)
}
