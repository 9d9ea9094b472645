// Package scenario is the input of a run: what hardware there is, what work
// comes to it and what policies decide.
//
// Parse takes a YAML text through five steps, and whatever fails in any of
// them is reported as Problems that say where it stands in the file:
//
//  1. The text becomes a tree of nodes that know their line and column.
//  2. Overrides (--set path=value) change the tree.
//  3. ${…} expressions over the parameters are calculated.
//  4. The tree is decoded into a Scenario: unknown keys are errors, quantities
//     carry units, values left out get their defaults.
//  5. References, counts and times are checked against each other and against
//     the catalogues of GPUs and models, and names take their catalogue form.
//
// The result is resolved: Canonical prints it with nothing left to default or
// expression, and parsing that text gives the same scenario again. The run ID
// is a hash of those bytes.
//
// The struct tags and comments of the types are the one description of the
// format: they drive the decoder, the defaults and the JSON Schema.
//
// The package reads no files. Paths in a scenario are opened by the caller;
// Locate gives what is found wrong there its place in the scenario.
package scenario
