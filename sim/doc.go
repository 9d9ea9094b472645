// Package sim turns a scenario into a run and a run into a result. It wires the
// parts together and owns nothing else: the fleet and its cluster, services,
// training, RL and batch jobs, the streams of work that feed them, the books
// that count what became of it.
//
//	s, err := sim.New(document, options)   // everything that can be wrong, is found here
//	summary, err := s.Run(ctx, recorder)   // rows go to the recorder as they come up
//
// The package reads no files and knows no wall clock: Inputs opens what a
// scenario names, and a context ends a run early. A run depends on nothing but
// the scenario, its inputs and its seed; the step mode of the serving engines
// and the recorder do not change it.
package sim
