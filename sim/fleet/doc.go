// Package fleet is the hardware: the catalogue of GPUs, and pools of nodes
// whose GPUs, CPU and memory are allocated to gangs.
//
// A pool has one GPU type; its nodes may differ in size. Nodes lie in racks and
// in scale-up (NVLink) domains, in order of their index. A gang is a number of
// equal workers, each of which needs whole GPUs on one node, or a share of one
// GPU, or CPU and memory alone; its Placement says where each worker landed.
//
// Allocation is by placement and all or nothing. A Trial records what is
// allocated and released so that it can be undone: schedulers try things on
// the real fleet and leave it as it was.
//
// Where a gang should lie is for sim/placement to say. A pool lists the nodes
// that change, so that whoever rates nodes need not look at all of them again.
//
// To add a GPU, add a row with its source to data/gpus.csv.
package fleet
