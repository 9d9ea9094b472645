package service

import (
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/serving"
)

// scaling is a service of one GPU a replica, from 1 to 6 of them, that aims at
// 10 requests each, decides every ten seconds and waits a minute to scale in.
func scaling() Config {
	c := baseConfig()
	c.Variant, c.Replicas = variant("small", 1), 1
	c.Autoscale = &Autoscale{Min: 1, Max: 6, Target: 10, Interval: 10 * event.Second, Cooldown: event.Minute}
	return c
}

func TestScalingAddsAtTheNextIntervalAndNoSooner(t *testing.T) {
	w := newWorld(t, 1, scaling())
	w.requests(95*event.Second, 25, 10_000) // 100 s each, eight at a time
	w.runTo(100*event.Second - 1)
	w.expectReady(1, 1)
	w.runTo(100 * event.Second)
	w.expectReady(1, 3) // ⌈25 ÷ 10⌉
	w.runTo(160 * event.Second)
	w.expectReady(3, 3)
}

func TestScalingReachesTheMaximumAndNeverExceedsIt(t *testing.T) {
	w := newWorld(t, 1, scaling())
	w.requests(95*event.Second, 1000, 100)
	for at := 100 * event.Second; at < 200*event.Second; at += event.Second {
		w.runTo(at)
		if n := w.cluster.RunningGangs(); n > 6 {
			t.Fatalf("%d replicas at %v, at most 6 are allowed", n, at)
		}
	}
	w.expectReady(6, 6)
	if w.service.Peak() != 6 {
		t.Errorf("peak of %d replicas, want 6", w.service.Peak())
	}
}

func TestScalingDrainsToTheMinimumOnceTheCooldownHasPassed(t *testing.T) {
	w := newWorld(t, 1, scaling())
	w.requests(95*event.Second, 100, 500)
	w.runTo(170 * event.Second)
	w.expectReady(6, 6)
	// The last decision that wanted more than one replica stands for a minute.
	busy := event.Time(0)
	for at := 170 * event.Second; ; at += 10 * event.Second {
		w.runTo(at)
		if w.service.Ready() < 6 {
			break
		}
		if w.service.Deployment().Load() > 10 {
			busy = at
		}
	}
	if now := w.engine.Now(); now < busy+event.Minute {
		t.Errorf("first replica removed at %v, the load fell only after %v and a minute", now, busy)
	}
	w.runTo(20 * event.Minute)
	w.expectReady(1, 1)
	if w.count(serving.Completed) != 100 {
		t.Errorf("%d of 100 requests completed", w.count(serving.Completed))
	}
}

func TestADrainingReplicaEndsItsRequestsAndThenFreesItsGPUs(t *testing.T) {
	c := scaling()
	c.Autoscale.Max, c.Autoscale.Cooldown = 2, 0
	w := newWorld(t, 1, c)
	// Eleven requests of 80 s, eight of them at a time, bring a second replica;
	// five of 100 s go to it.
	w.requests(95*event.Second, 11, 8000)
	w.requests(165*event.Second, 5, 10_000)
	w.runTo(179 * event.Second)
	w.expectReady(2, 2)
	// The first eight end at 175 s: eight are left, which one replica can serve.
	// That with three of them drains.
	w.runTo(180 * event.Second)
	w.expectReady(1, 2)
	w.requests(200*event.Second, 1, 10)
	w.runTo(201 * event.Second)
	if w.outcomes[17] != serving.Completed || len(w.ends) != 9 {
		t.Fatalf("%d requests ended, want 8 and the last", len(w.ends))
	}
	w.runTo(255*event.Second - 1)
	w.expectReady(1, 2)
	w.runTo(255*event.Second + event.Millisecond)
	w.expectReady(1, 1)
	w.runTo(270 * event.Second)
	if w.count(serving.Completed) != 17 {
		t.Errorf("%d of 17 requests completed", w.count(serving.Completed))
	}
}

func TestReplicasThatWaitOrStartAreGivenUpBeforeThoseThatServe(t *testing.T) {
	c := scaling()
	c.Variant, c.Autoscale.Max, c.Autoscale.Cooldown = variant("large", 4), 5, 0
	w := newWorld(t, 1, c)             // room for 2 of 5
	w.requests(65*event.Second, 50, 5) // served within half a second each batch
	w.runTo(65 * event.Second)
	w.requests(69*event.Second, 60, 300) // in the system at 70 s
	w.runTo(70 * event.Second)
	if w.expectReady(1, 2); w.cluster.Queue() != 3 {
		t.Fatalf("%d gangs wait, want 3", w.cluster.Queue())
	}
	// All requests are served within 24 s, before the second replica is ready.
	w.runTo(110 * event.Second)
	if w.expectReady(1, 1); w.cluster.Queue() != 0 || w.service.Peak() != 1 {
		t.Errorf("%d gangs wait, peak %d: want none and 1", w.cluster.Queue(), w.service.Peak())
	}
}

func TestTheStartCountLiesWithinTheBounds(t *testing.T) {
	for replicas, want := range map[int]int{1: 2, 3: 3, 9: 6} {
		c := scaling()
		c.Replicas, c.Autoscale.Min = replicas, 2
		w := newWorld(t, 2, c)
		w.runTo(event.Second)
		w.expectReady(0, want)
	}
}
