// Package flow moves bytes over links that flows share max–min fairly, as
// congestion control of fair networks does in the long run.
//
// A flow crosses some links, each of a capacity. At any instant the rates are
// max–min fair: no flow could have more without taking it from one that has no
// more itself (Bertsekas and Gallager, "Data Networks", 1992, section 6.5.2).
// They follow by progressive filling: all rates grow alike until a link is full;
// its flows keep what they have, the others grow on. Between two changes of the
// set of flows rates are constant, and so every flow's end can be told.
//
// A flow waits for its latency first, and takes no bandwidth meanwhile. Alone it
// takes latency + bytes ÷ the least capacity on its way; n equal flows that begin
// together take latency + n × that.
package flow
