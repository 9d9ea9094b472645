package main

import (
	"errors"
	"fmt"
	"io"

	"go.uber.org/zap"
)

// app is what every command works with: where it writes and what the global
// flags said.
type app struct {
	stdin   io.Reader
	stdout  io.Writer // results only
	stderr  io.Writer // progress, logs and messages
	log     *zap.Logger
	format  string // table, json, csv or markdown
	verbose bool
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
	var e *exitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &e):
		return e.code
	}
	return exitFailed
}
