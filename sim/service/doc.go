// Package service operates serving deployments on the cluster: it asks for a
// gang per replica, loads weights onto it, lets it take requests, scales the
// number of replicas with the load, drains those that are no longer wanted, and
// moves from one model to another while requests keep coming.
//
// A replica's life is
//
//	waiting for GPUs → starting (image, weights) → ready → draining → gone
//
// The engine of a replica over several nodes depends on where they lie in the
// network (Variant.Placed), and is chosen as it gets its GPUs.
//
// A replica whose gang is preempted loses its batch; its requests are routed
// again, from the start, and its gang returns to the cluster's queue.
//
// # Scaling
//
// Every interval the autoscaler recommends a number of replicas by its Metric. It
// adds what has been wanted for a whole stabilisation window, which may be none,
// and removes only what has not been wanted for the whole cooldown, as the two
// windows of Kubernetes' autoscaler do. Replicas still waiting for GPUs go first,
// then starting ones, then the least loaded ready ones, which drain.
//
// A start takes fixed time, the container image on nodes that have not got it,
// the weights from storage or from a ready replica of the same model, and a
// warm-up (ColdStart).
//
// # Prefill and decode apart
//
// A Split is two services: replicas of the first compute prompts and first
// tokens, those of the second the rest. The KV of a request stays with the first
// until the second has memory for it (package serving, handoff.go), and crosses
// links that transfers share max–min fairly (package flow). Each service scales
// by itself. A request whose KV is lost on the way starts anew.
//
// # Changing the model
//
// Swap replaces replicas one by one: as each new one becomes ready, an old one
// drains, and when all new ones are ready, so do the rest. When a new one cannot
// be placed because the old hold the GPUs, an old one drains at each scaling
// interval, or each minute where the number of replicas is fixed. The last one
// that serves goes only if a new one fits in its place; requests are held until
// that has started.
//
// # Requests that are not simulated
//
// A service may go by a fluid model of its requests (Fluid): replicas come and
// go as ever, but the load that the autoscaler sees, how replicas spend their
// time and how long they drain are the model's.
package service
