// Package energy says what GPU time costs: in joules, in dollars and in grams
// of CO₂.
//
// # Power
//
// A GPU draws, in an account of the ledger, a share of the way from its idle
// power to its TDP:
//
//	P(a) = idle + share(a)·(TDP − idle)
//
// and nothing while it is absent or down. To that comes its part of the host
// (CPUs, memory, fans, NICs) while the node is there, and all of it is multiplied
// by the power usage effectiveness (PUE): what the building takes for each watt
// of its machines. Computing draws the whole way, but decoding waits for memory
// and draws 0.7 of it; exposed communication, checkpoints, synchronisation and
// starts draw 0.3; waiting draws nothing beyond idle. The shares are assumptions,
// not measurements; a pool may set its own.
//
// Work that is undone later draws what it drew: see ledger.EachDrawn.
//
// # Rates
//
// Prices of GPU-hours, prices of electricity and the carbon intensity of the
// grid are tables of steps in time, such as one per hour of the day. A reading
// never spans a step: [Tariff.Next] says when the next one comes.
//
// Everything that is there is paid for: idle GPUs and those under repair too,
// but not those that have not been delivered.
package energy
