package scenario

import (
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
)

func TestSchedulingErrorsNameTheValueAtFault(t *testing.T) {
	for _, c := range []struct{ name, scheduler, want string }{
		{"queue misspelt", "{queue: fair-shar}", `my.yaml:2:20: scheduler.queue: unknown value "fair-shar". Did you mean fair-share?`},
		{"backfill misspelt", "{backfill: easi}", `scheduler.backfill: unknown value "easi". Did you mean easy?`},
		{"queues of another order", "{service_queues: [1h]}", `scheduler.service_queues[0]: service_queues are for the queues las and 2d-las, this is fifo`},
		{"queues that do not grow", "{queue: las, service_queues: [2h, 1h]}", `scheduler.service_queues[1]: 1h is not more than the one before, 2h`},
		{"promotion elsewhere", "{promote: 2}", `scheduler.promote: is for the queues las and 2d-las, this is fifo`},
		{"half-life elsewhere", "{queue: drf, half_life: 1d}", `scheduler.half_life: is for the queue fair-share, this is drf`},
		{"order by which nobody gives way", "{preemption: order}", `scheduler.preemption: order is for the queues srtf, las, 2d-las, edf and priority`},
		{"state nobody has saved", "{restore_time: 1m}", `scheduler.restore_time: is for preempted: checkpoint`},
		{"quota without a number", "{tenants: [{name: a, quotas: [{pool: main}]}]}", `scheduler.tenants[0].quotas[0]: nominal is missing`},
		{"quota for no pool", "{tenants: [{name: a, quotas: [{pool: mian, nominal: 4}]}]}", `scheduler.tenants[0].quotas[0].pool: unknown pool "mian". Did you mean main?`},
		{"quota of what", "{tenants: [{name: a, quotas: [{resource: gpu, nominal: 4}]}]}", `scheduler.tenants[0].quotas[0].resource: unknown value "gpu". Did you mean gpus?`},
		{"negative quota", "{tenants: [{name: a, quotas: [{nominal: -1}]}]}", `scheduler.tenants[0].quotas[0].nominal: -1 is negative`},
		{"two quotas", "{tenants: [{name: a, quotas: [{nominal: 4}, {nominal: 5}]}]}", `scheduler.tenants[0].quotas[1]: a second quota of gpus for the same pool`},
		{"borrowing from nobody", "{tenants: [{name: a, quotas: [{nominal: 4, borrow: 2}]}]}", `scheduler.tenants[0].quotas[0].borrow: needs a cohort to borrow from`},
		{"lending more than all", "{tenants: [{name: a, cohort: c, quotas: [{nominal: 4, lend: 5}]}]}", `scheduler.tenants[0].quotas[0].lend: 5 is more than the nominal quota, 4`},
		{"reclaim from nobody", "{tenants: [{name: a, reclaim: any}]}", `scheduler.tenants[0].reclaim: needs a cohort`},
		{"reclaim misspelt", "{tenants: [{name: a, cohort: c, reclaim: all}]}", `scheduler.tenants[0].reclaim: unknown value "all".`},
		{"cohorts in a circle", "{cohorts: [{name: a, parent: b}, {name: b, parent: a}]}", `scheduler.cohorts[0].parent: cohort a is among its own parents`},
		{"cohort misspelt", "{tenants: [{name: a, cohort: lef}], cohorts: [{name: left}]}", `scheduler.tenants[0].cohort: unknown cohort "lef". Did you mean left?`},
		{"a tenant twice", "{tenants: [{name: a}, {name: a}]}", `scheduler.tenants[1].name: a second tenant named "a"`},
	} {
		_, err := Parse("my.yaml", []byte(strings.Replace(base, "name: base\n", "name: base\nscheduler: "+c.scheduler+"\n", 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n got %v\nwant %s", c.name, err, c.want)
		}
	}
}

func TestSchedulingIsResolved(t *testing.T) {
	text := strings.Replace(base, "name: base\n", `name: base
scheduler:
  queue: fair-share
  tenants: [{name: a, cohort: c, quotas: [{nominal: 4, lend: 0}]}]
`, 1)
	s := mustParse(t, "my.yaml", []byte(text)).Scheduler
	q := s.Tenants[0].Quotas[0]
	if s.HalfLife != 7*event.Day || s.Tenants[0].Weight != 1 || q.Resource != "gpus" || q.Borrow != nil || q.Lend == nil || *q.Lend != 0 {
		t.Errorf("%+v: want a half-life of a week, weight 1, and GPUs without a limit to borrowing of which none are lent", s)
	}
}
