package main

import (
	"runtime"

	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/sim/validate"
)

func validateDemandCommand(a *app) *cobra.Command {
	var o validate.DemandOptions
	cmd := &cobra.Command{
		Use:   "demand",
		Short: "Compare how demand answers prices with closed forms",
		Long: `demand runs whole simulations in which a token comes to cost a factor f of what
it did and the price follows, with price elasticity ε and thinking elasticity θ,
and compares how requests, tokens and GPU-hours change with their closed forms:

  requests    f^(−ε(1−θ))
  tokens      f^(−θ−ε(1−θ))
  GPU-hours   f^((1−θ)(1−ε))

It finds the elasticity at which GPU-hours stay as they were, by bisection over
paired runs: 1 on a fleet with room (break_even), less on one that is full from
the start (break_even_full), since those who queued in vain take what the others
leave. It compares the courses of adoption, lag and Bass, hour by hour. Requests
do little but think, and GPU-hours are those of replicas with a batch: the closed
forms are about work, and know no replicas that stand ready. The exit code is 3
when a comparison is beyond the tolerance.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Workers < 1 || !(o.TolerancePct > 0) {
				return usageErrorf("want -j of at least 1 and --tolerance above 0")
			}
			for name, list := range map[string][]float64{"factors": o.Factors, "elasticities": o.Elasticities, "thinking": o.Thinking} {
				for _, v := range list {
					if !(v >= 0) || (name == "factors" && !(v > 0 && v < 1)) || (name == "thinking" && v >= 1) {
						return usageErrorf("--%s %g: want factors above 0 and below 1, elasticities of at least 0, thinking elasticities from 0 to below 1", name, v)
					}
				}
			}
			var done func()
			o.Progress, done = a.count("cases")
			r, err := validate.Demand(cmd.Context(), o)
			done()
			if err != nil {
				return err
			}
			return a.printValidation(r)
		},
	}
	flags := cmd.Flags()
	flags.Float64SliceVar(&o.Factors, "factors", []float64{0.03, 0.1, 0.3}, "factors f on the cost of a token")
	flags.Float64SliceVar(&o.Elasticities, "elasticities", []float64{0, 0.5, 1, 1.5, 2}, "price elasticities ε")
	flags.Float64SliceVar(&o.Thinking, "thinking", []float64{0, 0.2, 0.5}, "thinking elasticities θ")
	flags.Float64Var(&o.TolerancePct, "tolerance", 1, "largest error that passes, in percent")
	flags.IntVarP(&o.Workers, "jobs", "j", runtime.GOMAXPROCS(0), "cases simulated at once")
	return cmd
}
