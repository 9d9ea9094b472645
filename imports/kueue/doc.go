// Package kueue reads Kueue's manifests into a scenario's fleet and scheduler,
// with Kueue's own API types (v1beta2; v1beta1 is converted as Kueue does).
//
//   - A ResourceFlavor with GPUs is a pool. Its GPU type is read from its node
//     labels or its name. The nodes are counted from Node objects where the
//     manifests have them (kubectl get nodes -o yaml), or else from the nominal
//     quotas of GPUs.
//   - A ClusterQueue is a tenant, with its quotas of GPUs, CPU and memory per
//     flavor, borrowing and lending limits, its cohort, whom it reclaims from,
//     and its weight of fair sharing.
//   - A Cohort is one, with its quotas and its parent.
//   - A LocalQueue says by a note which tenant it stands for.
//   - A Topology gives racks, and pods of them, where Node objects have its labels.
//
// Workloads wait by priority, then in order of submission, as Kueue's do.
// Fields that Kueue knows and the simulator does not are listed; fields that
// Kueue does not know are errors.
package kueue
