// Package stats has the statistics of simulation output.
//
// Two designs give an interval. Independent replications give independent
// values, whose mean has a Student-t interval ([Moments], [MeanInterval]); the
// number of replications can follow from the precision wanted ([Precision]).
// One long run gives a correlated sequence that begins away from its steady
// state: the start is cut off where that leaves the remaining mean most certain
// ([MSER5]) and the rest is cut into batches so long that their means are nearly
// independent ([SteadyState], [BatchMeans]). [EffectiveSize] says how many
// independent values a correlated sequence is worth.
//
// Two systems that saw the same random numbers are compared by their paired
// differences ([Paired]), two that did not by Welch's interval ([Unpaired]). Who
// looks at many comparisons at once adjusts for that ([Holm]).
//
// Intervals assume that means are nearly normal. Where a queue is heavily loaded
// and a run short, means are skewed and the intervals cover less than they say:
// 95 % intervals from ten replications of 2,000 customers of M/M/1 at a load of
// 0.8 cover in 93 % of cases, those from one run of 10,000 customers in 85 %.
// Longer runs mend that.
//
// Sources: Law, Simulation Modeling and Analysis (2015), chapters 9 to 11; White,
// An effective truncation heuristic for bias reduction in simulation output
// (1997), for MSER-5; Geyer, Practical Markov chain Monte Carlo (1992), for the
// effective size; Welch (1947); Holm (1979).
package stats
