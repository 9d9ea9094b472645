package main

import (
	"reflect"

	"github.com/invopop/jsonschema"
	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
)

var schemaNames = []string{"scenario", "summary"}

func schemaCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:       "schema scenario|summary",
		Short:     "Print the JSON Schema of scenarios or of summary.json",
		Args:      cobra.ExactArgs(1),
		ValidArgs: schemaNames,
		RunE: func(_ *cobra.Command, args []string) error {
			var schema *jsonschema.Schema
			switch args[0] {
			case "scenario":
				schema = scenario.Schema()
			case "summary":
				schema = summarySchema()
			default:
				return usageErrorf("no schema of %q.%s (there are scenario and summary)", args[0], suggest.Hint(args[0], schemaNames))
			}
			return a.printJSON(schema)
		},
	}
}

// summarySchema describes summary.json as the result types write it.
func summarySchema() *jsonschema.Schema {
	r := jsonschema.Reflector{
		BaseSchemaID:   "https://github.com/jevons-sim/jevons",
		ExpandedStruct: true,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			if t == reflect.TypeFor[ledger.Amount]() {
				return &jsonschema.Schema{Type: "number", Description: "exact decimal"}
			}
			return nil
		},
	}
	s := r.Reflect(result.Summary{})
	s.Title = "Summary of a Jevons run"
	return s
}
