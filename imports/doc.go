// Package imports turns the configuration of real schedulers into scenarios:
// imports/kueue reads Kueue's manifests, imports/slurm a slurm.conf.
//
// A [Draft] is a scenario's fleet and scheduler. What a configuration says and
// the simulator does not model is not dropped in silence: every such field is a
// [Note] with file and line, and so is every assumption that stands in for what
// a configuration does not say, such as the number of nodes behind a quota.
package imports
