// Package placement chooses the nodes, and the GPUs within them, on which the
// workers of a gang lie.
//
// A Policy rates a node for a worker with a whole number from 0 to 100; of the
// nodes with room, the one with the highest score is taken, and of equal ones
// the first. The policies:
//
//	first-fit    the first node with room
//	best-fit     the least CPU and GPU left over
//	packing      partly used GPUs, then used nodes, then idle ones
//	clustering   nodes that run the same kind of GPU request
//	dot-product  the smallest product of what is asked for and what is free
//	fgd          the least growth of the node's expected fragmentation
//	random       any node with room
//
// A Placer places gangs under a policy. It places the workers one by one, all
// in one pool: a gang too large for one node goes to the scale-up domain, or
// else to the rack or pod, that it leaves fullest, and spreads over the pool if
// no one of these can hold it; where uplinks are oversubscribed, over as few of
// them as it can. Unconstrained, it spreads from the start, unless it requires a
// tier. A gang that may use several pools goes where its first worker scores
// best.
//
// # Cost
//
// A Placer remembers the scores of every node for each shape of worker it has
// met, in a tree whose root is the best. The pools list the nodes that change;
// before a tree is asked, the scores of those that changed since it last was
// are computed again. A placement therefore costs time in proportion to what
// has changed and to the logarithm of the number of nodes, not to that number.
// Only a shape met for the first time, or one forgotten to bound memory, looks
// at every node.
//
// To add a policy, write a type that implements Policy in a file of its own and
// add it to policies in policy.go.
package placement
