package sim

import (
	"bytes"
	"fmt"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/sim/service"
	"github.com/jevons-sim/jevons/sim/serving"
)

// buildServices starts every deployment.
func (s *Simulation) buildServices() error {
	for i := range s.doc.Deployments {
		d := &s.doc.Deployments[i]
		path := fmt.Sprintf("deployments[%d]", i)
		build := s.plainService
		if d.Prefill != nil {
			build = s.splitService
		}
		at, err := build(d, path)
		if err != nil {
			return err
		}
		if err := s.admission(at); err != nil {
			return s.doc.Locate(path+".admission", err)
		}
		s.services = append(s.services, at)
	}
	return nil
}

// plainService starts a deployment of one pool of replicas.
func (s *Simulation) plainService(d *scenario.Deployment, path string) (*deployed, error) {
	pool := s.poolsNamed(d.Pool)[0]
	cost, err := s.servingCost(&d.Served, pool, path)
	if err != nil {
		return nil, err
	}
	svc, err := s.startService(d, d.Name, cost, pool, path, s.requests)
	if err != nil {
		return nil, err
	}
	return &deployed{Service: svc, front: svc.Deployment(), spec: d, serving: cost, pool: pool, eras: []era{{0, cost, d.Engine, 1}}}, nil
}

// startService starts a service as a deployment's spec says, under a name of its
// own.
func (s *Simulation) startService(d *scenario.Deployment, name string, cost *perf.Serving, pool int, path string, sink serving.Sink) (*service.Service, error) {
	router, err := routerOf(d, event.NewStream(s.doc.Seed, name+"/router"))
	if err != nil {
		return nil, s.doc.Locate(path+".router", err)
	}
	variant, err := s.variant(d, &d.Served, cost, 1, pool, path)
	if err != nil {
		return nil, err
	}
	config := service.Config{Name: name, Variant: variant, Replicas: d.Replicas, Router: router, DrainTimeout: d.DrainTimeout}
	if a := d.Autoscale; a != nil {
		config.Replicas = a.Min
		config.Autoscale = autoscale(a, d.SLO.TTFT)
	}
	svc, err := service.New(0, s.engine, s.cluster, config, sink, &s.requests.itl)
	if err != nil {
		return nil, s.doc.Locate(path, err)
	}
	return svc, nil
}

// routerOf returns a deployment's router, which draws its lots from a stream.
func routerOf(d *scenario.Deployment, draws event.Stream) (serving.Router, error) {
	o := serving.Routing{Draws: draws}
	if r := d.Routing; r != nil {
		o.Refresh, o.Imbalance = r.Refresh, r.Imbalance
		o.Weights = serving.Weights{Queue: r.Weights.Queue, KV: r.Weights.KV, Prefix: r.Weights.Prefix}
	}
	return serving.NewRouter(d.Router, o)
}

// model returns a model of the catalogue, or the one a config.json describes.
func (s *Simulation) model(name, config, path string) (perf.Model, error) {
	if config == "" {
		m, err := perf.LookupModel(name)
		if err != nil {
			return m, s.doc.Locate(path+".model", err)
		}
		return m, nil
	}
	data, err := s.options.Inputs.Read(config)
	if err != nil {
		return perf.Model{}, s.doc.Locate(path+".model_config", err)
	}
	m, err := perf.ParseConfig(config, bytes.NewReader(data))
	if err != nil {
		return perf.Model{}, s.doc.Locate(path+".model_config", err)
	}
	return m, nil
}

// gpuOf returns the GPU of a pool as the pool's network makes it, and the
// number of them in its largest node.
func (s *Simulation) gpuOf(pool int) (fleet.GPU, int) {
	p := s.fleet.Pools[pool]
	gpu := p.Spec.GPU
	if p.Spec.NICBandwidth > 0 {
		gpu.NICBandwidth = p.Spec.NICBandwidth
	}
	return gpu, p.LargestNode()
}

// servingCost returns the cost model of a served model on a pool.
func (s *Simulation) servingCost(v *scenario.Served, pool int, path string) (*perf.Serving, error) {
	m, err := s.model(v.Model, v.ModelConfig, path)
	if err != nil {
		return nil, err
	}
	gpu, nodeGPUs := s.gpuOf(pool)
	cost, err := perf.NewServing(m, gpu, nodeGPUs,
		perf.Layout{TP: v.Parallelism.TP, PP: v.Parallelism.PP, DP: v.Parallelism.DP, EP: v.Parallelism.EP},
		perf.Precision{Weights: fleet.Format(v.Precision.Weights), KV: fleet.Format(v.Precision.KV), Compute: fleet.Format(v.Precision.Compute)},
		s.calibration,
		perf.Options{
			MemoryUtilization: float64(v.Engine.MemoryUtilization), MaxTokens: v.Engine.MaxNumBatchedTokens * v.Parallelism.DP,
			OverlapBatches: v.Engine.OverlapBatches, Eager: v.Engine.Eager,
		})
	if err != nil {
		return nil, s.doc.Locate(path+".model", err)
	}
	if v.Engine.Speculation != nil {
		if cost, err = withDraft(cost, v.Engine.Speculation); err != nil {
			return nil, s.doc.Locate(path+".engine.speculation.draft", err)
		}
	}
	return cost, nil
}

// engineConfig returns the engine of a served model, every step of which costs
// so many times what the cost model says, for whoever has that name.
func (s *Simulation) engineConfig(e *scenario.Engine, cost *perf.Serving, factor float64, name string) (*serving.Config, error) {
	queue, err := serving.ParseDiscipline(e.Queue)
	if err != nil {
		return nil, err
	}
	admission, err := serving.ParseAdmission(e.Admission)
	if err != nil {
		return nil, err
	}
	preemption, err := serving.ParsePreemption(e.Preemption)
	if err != nil {
		return nil, err
	}
	blocks := e.KVBlocks
	if blocks == 0 {
		blocks = int(cost.KVTokens() / int64(e.BlockSize))
	}
	table := tableOf(cost, factor)
	c := &serving.Config{
		Table: table, MaxSeqs: e.MaxNumSeqs * cost.Layout.DP, MaxTokens: table.MaxTokens(),
		BlockSize: e.BlockSize, Blocks: blocks, Queue: queue, MaxWaiting: e.MaxWaiting,
		PrefixCache: e.PrefixCache, ScheduleAhead: cost.ScheduleAhead, StepMode: s.options.StepMode,
		Admission: admission, MaxOutput: e.MaxOutput, Preemption: preemption, HostOverlap: e.HostOverlap,
	}
	if e.HostMemory > 0 {
		if c.HostBlocks, c.HostMove, err = cost.Offload(float64(e.HostMemory), float64(e.HostBandwidth), e.BlockSize); err != nil {
			return nil, err
		}
		c.HostMove = int64(float64(c.HostMove) * factor)
	}
	if e.Speculation != nil {
		if c.Speculation, err = s.speculation(e.Speculation, cost, factor, name); err != nil {
			return nil, err
		}
	}
	return c, c.Validate()
}

// variant returns a served model as a service runs it, at so many times the
// cost.
func (s *Simulation) variant(d *scenario.Deployment, v *scenario.Served, cost *perf.Serving, factor float64, pool int, path string) (service.Variant, error) {
	engine, err := s.engineConfig(&v.Engine, cost, factor, d.Name)
	if err != nil {
		return service.Variant{}, s.doc.Locate(path+".engine", err)
	}
	engine.Fair = s.fairShare(d.Admission)
	if _, gpus := s.gpuOf(pool); v.Engine.HostMemory > 0 {
		node := &s.doc.Fleet.Pools[pool]
		if want := int64(v.Engine.HostMemory) * int64(gpus); want > int64(node.MemoryPerNode) {
			return service.Variant{}, s.doc.Locate(path+".engine.host_memory", fmt.Errorf("%v for each of %d GPUs is more than the %v of a node of pool %s", v.Engine.HostMemory, gpus, node.MemoryPerNode, node.Name))
		}
	}
	spec, err := s.gangOf(cost.GPUs(), pool)
	if err != nil {
		return service.Variant{}, s.doc.Locate(path+".parallelism", err)
	}
	spec.Tenant, spec.Priority, spec.Bill = d.Tenant, d.Priority, s.metering.bill(d.Name)
	if spec.Within, err = fleet.ParseTier(d.RequiredTopology); err != nil {
		return service.Variant{}, s.doc.Locate(path+".required_topology", err)
	}
	return service.Variant{
		Model: cost.Model.Name, Engine: engine, Placed: placed(engine, cost, factor), Gang: spec,
		Start: coldStart(d, cost),
	}, nil
}

// gangOf returns the gang of so many GPUs of a pool: one worker inside a node,
// or whole nodes.
func (s *Simulation) gangOf(gpus, pool int) (cluster.Spec, error) {
	_, nodeGPUs := s.gpuOf(pool)
	spec := cluster.Spec{Workers: 1, GPUsPerWorker: gpus, Pools: []int{pool}}
	if gpus > nodeGPUs {
		if gpus%nodeGPUs != 0 {
			return spec, fmt.Errorf("%d GPUs are more than a node's %d and not a multiple of them", gpus, nodeGPUs)
		}
		spec.Workers, spec.GPUsPerWorker = gpus/nodeGPUs, nodeGPUs
	}
	return spec, nil
}

// service returns the deployment of that name. Scenarios refer to existing
// deployments only.
func (s *Simulation) service(name string) *deployed {
	for _, d := range s.services {
		if d.Name() == name {
			return d
		}
	}
	panic(fmt.Sprintf("sim: no deployment %q in a resolved scenario", name))
}
