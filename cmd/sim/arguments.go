package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
)

// sayUse makes a command and those below it answer a wrong number of arguments
// with how they are used.
func sayUse(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			var exit *exitError
			if err == nil || errors.As(err, &exit) {
				return err
			}
			found := "no argument"
			if len(args) > 0 {
				found = "the arguments `" + strings.Join(args, " ") + "`"
			}
			return usageErrorf("found %s, want `%s` (see %s --help)", found, usedAs(cmd), cmd.CommandPath())
		}
	}
	for _, child := range c.Commands() {
		sayUse(child)
	}
}

// usedAs is the line of a command without its optional flags.
func usedAs(cmd *cobra.Command) string {
	return strings.TrimSuffix(cmd.UseLine(), " [flags]")
}
