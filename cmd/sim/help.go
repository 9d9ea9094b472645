package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// helpCommand explains a command or a topic.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command or topic]",
		Short: "Explain a command or a topic",
		RunE: func(cmd *cobra.Command, args []string) error {
			target, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usageErrorf("no help on %q (`sim help` lists commands and topics)", strings.Join(args, " "))
			}
			return target.Help()
		},
	}
}

// helpTopics are the pages of `sim help TOPIC` that belong to no command.
func helpTopics() []*cobra.Command {
	topic := func(name, short, text string) *cobra.Command {
		return &cobra.Command{Use: name, Short: short, Long: text}
	}
	return []*cobra.Command{
		topic("scenario", "How scenarios are written", scenarioHelp),
		topic("units", "How quantities are written", unitsHelp),
		topic("environment", "Environment variables", environmentHelp),
		topic("exit-codes", "What exit codes mean", exitCodeHelp),
	}
}

const scenarioHelp = `A scenario is a YAML file. Its parts:

  name, description, seed, horizon, warmup
  parameters   knobs with defaults that other values use as ${scale * 278}
  fleet        pools of nodes: GPU type, GPUs per node, network, failures, price, energy
  scheduler    queue order, backfill, preemption, placement, tenants and quotas
  deployments  models served by replicas: parallelism, engine, router, SLO
  workloads    requests, training, rl and jobs: generated or from traces
  demand       how request volume answers a change of model or price
  outputs      sampling interval, windows that the summary reports apart

Every key and its default: sim schema scenario. A complete example:
sim presets show r1-shock. Unknown keys are errors.

--set changes any value: --set fleet.pools[0].nodes=64, by name
--set deployments.chat.replicas=4, or a parameter --set scale=1.
Inside { } and [ ], values with ${…} must be in quotes.

Files that a scenario names are looked for in the working directory, then
beside the scenario.`

const unitsHelp = `Quantities carry their units:

  time       500ms, 2s, 1h30m, 14d, 2w
  memory     80GiB (binary), 80GB (decimal)
  bandwidth  3.35TB/s, 400Gbit/s
  rate       20/s, 5/min, 3/h, 1/d
  tokens     8192, 8k, 14.8T, 14.8T tokens
  share      0.9, 90%
  price      $2.50/h, 2.50 USD/h
  node       8xH100`

const environmentHelp = `Every flag has a twin in the environment: SIM_ and the flag's name in capitals,
dashes as underscores. SIM_FORMAT=json is --format json. A flag on the command
line wins. Flags that may be repeated take one value per line.

Nothing is printed in colour, with or without NO_COLOR.`

const exitCodeHelp = `  0    done
  1    the run failed, a check did not hold, or reading or writing failed
  2    bad usage or bad input; the message says where and what is allowed
  3    it ran, but a goal was missed: a tolerance, an SLO, a precision
  130  interrupted`
