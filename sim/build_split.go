package sim

import (
	"cmp"
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/sim/service"
	"github.com/jevons-sim/jevons/sim/serving"
)

// front is where the requests of a deployment go.
type front interface {
	Submit(now event.Time, q *serving.Request)
	Cancel(now event.Time, q *serving.Request)
	Expire(now event.Time, q *serving.Request)
}

var (
	_ front = (*serving.Deployment)(nil)
	_ front = (*service.Split)(nil)
)

// splitService starts a disaggregated deployment.
func (s *Simulation) splitService(d *scenario.Deployment, path string) (*deployed, error) {
	p := d.Prefill
	decode := *d
	decode.Engine.MaxWaiting = 0 // a request that has begun is not turned away
	prefill := *d
	prefill.Parallelism, prefill.Engine, prefill.Pool = p.Parallelism, p.Engine, p.Pool
	prefill.RequiredTopology = p.RequiredTopology
	prefill.Router, prefill.Routing, prefill.Replicas, prefill.Autoscale = p.Router, p.Routing, p.Replicas, p.Autoscale

	pools := [2]int{s.poolsNamed(p.Pool)[0], s.poolsNamed(d.Pool)[0]}
	prefillCost, err := s.servingCost(&prefill.Served, pools[0], path+".prefill")
	if err != nil {
		return nil, err
	}
	decodeCost, err := s.servingCost(&decode.Served, pools[1], path)
	if err != nil {
		return nil, err
	}
	rate := func(gpus, pool int) float64 {
		gpu, _ := s.gpuOf(pool)
		return cmp.Or(float64(p.Transfer.Bandwidth), float64(gpus)*gpu.NICBandwidth)
	}
	t := service.Transfer{
		TokenBytes: decodeCost.Memory.KVToken * float64(decodeCost.GPUs()), Latency: p.Transfer.Latency, Backbone: float64(p.Transfer.Backbone),
		Prefill: rate(prefillCost.GPUs(), pools[0]), Decode: rate(decodeCost.GPUs(), pools[1]),
	}
	if t.Prefill <= 0 || t.Decode <= 0 {
		return nil, s.doc.Locate(path+".prefill.transfer", fmt.Errorf("bandwidth is missing: the GPUs have no network"))
	}
	split := service.NewSplit(s.engine, t, s.requests)
	first, err := s.startService(&prefill, d.Name+"/prefill", prefillCost, pools[0], path+".prefill", split.First())
	if err != nil {
		return nil, err
	}
	second, err := s.startService(&decode, d.Name, decodeCost, pools[1], path, split.Second())
	if err != nil {
		return nil, err
	}
	split.Join(first, second)
	return &deployed{Service: second, prefill: first, split: split, front: split, spec: d, serving: prefillCost, pool: pools[1], eras: []era{{0, decodeCost, d.Engine, 1}}}, nil
}

// parts returns the services of a deployment in the order in which requests pass
// them.
func (d *deployed) parts() []*service.Service {
	if d.prefill == nil {
		return []*service.Service{d.Service}
	}
	return []*service.Service{d.prefill, d.Service}
}

// parts returns the services of all deployments.
func (s *Simulation) parts() []*service.Service {
	var all []*service.Service
	for _, d := range s.services {
		all = append(all, d.parts()...)
	}
	return all
}

// entrance returns the service that requests come to first.
func (d *deployed) entrance() *service.Service { return d.parts()[0] }

// Settle journals the GPU time of all replicas up to now.
func (d *deployed) Settle(now event.Time) {
	for _, p := range d.parts() {
		p.Settle(now)
	}
}

// Work returns the model FLOPs and the bytes of memory traffic up to now.
func (d *deployed) Work(now event.Time) (flops, bytes float64) {
	for _, p := range d.parts() {
		f, b := p.Work(now)
		flops += f
		bytes += b
	}
	return flops, bytes
}

// Held returns the GPU time that replicas have held up to now.
func (d *deployed) Held(now event.Time) ledger.Amount {
	var held ledger.Amount
	for _, p := range d.parts() {
		held = held.Add(p.Held(now))
	}
	return held
}

// Unfinished calls f for every request in the deployment, at the end of the run.
func (d *deployed) Unfinished(now event.Time, f func(*serving.Request)) {
	if d.split != nil {
		d.split.Unfinished(now, f)
		return
	}
	d.Service.Unfinished(now, f)
}
