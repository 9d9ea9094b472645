package service

import (
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/serving"
)

func TestScalingOnTheQueueIgnoresWhatRuns(t *testing.T) {
	c := scaling()
	c.Autoscale.Metric, c.Autoscale.Target = Queue, 4
	w := newWorld(t, 1, c)
	w.requests(95*event.Second, 8, 10_000) // 100 s each, all in the batch
	w.runTo(100 * event.Second)
	w.expectReady(1, 1)
	w.requests(105*event.Second, 9, 10_000)
	w.runTo(110 * event.Second)
	w.expectReady(1, 3) // ⌈9 ÷ 4⌉
	w.runTo(20 * event.Minute)
	w.expectReady(1, 1) // one at a time, none while they are busy within the cooldown
}

func TestScalingOnKVMemoryFollowsItsUse(t *testing.T) {
	c := scaling()
	c.Autoscale.Metric, c.Autoscale.Target = KVUse, 0.3
	c.Variant.Engine.Blocks = 1000
	w := newWorld(t, 1, c)
	// Six requests that grow to 2,000 tokens, of 1,000 blocks of 16.
	w.requests(95*event.Second, 6, 2000)
	w.runTo(100 * event.Second)
	w.expectReady(1, 1) // 500 tokens each: 0.19
	w.runTo(110*event.Second + 1)
	w.expectReady(1, 2) // 1,500 tokens each: 0.56 ÷ 0.3, rounded up
	w.runTo(20 * event.Minute)
	w.expectReady(1, 1)
}

func TestScalingOnTheSLOAddsWhatIsLate(t *testing.T) {
	c := scaling()
	c.Autoscale.Metric, c.Autoscale.Target, c.Autoscale.TTFT = OnTime, 0.9, event.Second
	w := newWorld(t, 1, c)
	w.requests(91*event.Second, 8, 5_000) // begin at once
	w.runTo(100 * event.Second)
	w.expectReady(1, 1)
	w.requests(101*event.Second, 4, 5_000) // wait for those
	w.runTo(110 * event.Second)
	w.expectReady(1, 2) // all late: twice as many
	w.runTo(180 * event.Second)
	w.expectReady(2, 2)
	w.runTo(30 * event.Minute)
	w.expectReady(1, 1)
}

func TestStabilisationWaitsBeforeItAdds(t *testing.T) {
	c := scaling()
	c.Autoscale.Stabilization = 30 * event.Second
	w := newWorld(t, 1, c)
	w.requests(95*event.Second, 25, 10_000)
	w.runTo(129 * event.Second) // wanted at 100, 110, 120 s
	w.expectReady(1, 1)
	w.runTo(130 * event.Second)
	w.expectReady(1, 3)
}

func TestTheImageIsPulledOnceANodeAndWeightsComeFromAPeer(t *testing.T) {
	c := scaling()
	c.Variant.Start = ColdStart{Fixed: 10 * event.Second, Image: 100 * event.Second, Disk: 50 * event.Second, Peer: 5 * event.Second, WarmUp: event.Second}
	w := newWorld(t, 1, c)
	w.runTo(161*event.Second - 1)
	w.expectReady(0, 1)
	w.runTo(161 * event.Second) // 10 + 100 + 50 + 1
	w.expectReady(1, 1)
	w.requests(195*event.Second, 15, 100_000)
	w.runTo(200 * event.Second)
	w.expectReady(1, 2)
	w.runTo(216*event.Second - 1)
	w.expectReady(1, 2)
	w.runTo(216 * event.Second) // 10 + 5 + 1: the same node
	w.expectReady(2, 2)
}

func TestADrainThatTakesTooLongEndsAndItsRequestsStartAnew(t *testing.T) {
	c := scaling()
	c.DrainTimeout = 20 * event.Second
	w := newWorld(t, 1, c)
	w.requests(65*event.Second, 11, 2_000)   // 20 s each
	w.requests(140*event.Second, 1, 100_000) // 1,000 s on a replica of two
	w.requests(140*event.Second, 1, 100_000)
	w.runTo(600 * event.Second)
	w.expectReady(1, 1)
	w.runTo(20 * event.Minute)
	if len(w.twice) > 0 || w.count(serving.Completed) != 13 {
		t.Errorf("%d of 13 completed, %v twice", w.count(serving.Completed), w.twice)
	}
	for id, end := range w.ends {
		if id > 11 && end > 1150*event.Second && end < 1200*event.Second {
			return // one of the two was cut and started anew
		}
	}
	t.Errorf("no request started anew: ends %v", w.ends)
}
