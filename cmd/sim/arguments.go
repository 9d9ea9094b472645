package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
)

// sayUse makes a command answer a wrong number of arguments with how it is used.
func sayUse(c *cobra.Command) {
	check := c.Args
	if check == nil {
		return
	}
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

// usedAs is the line of a command without its optional flags.
func usedAs(cmd *cobra.Command) string {
	return strings.TrimSuffix(cmd.UseLine(), " [flags]")
}
