package sim

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/jevons-sim/jevons/sim/batch"
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/rl"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/sim/service"
	"github.com/jevons-sim/jevons/sim/training"
)

// Simulation is one run, built and not yet started.
type Simulation struct {
	doc         *scenario.Document
	options     Options
	calibration perf.Calibration
	runID       uuid.UUID

	engine   *event.Engine
	fleet    *fleet.Fleet
	ledger   *ledger.Ledger
	cluster  *cluster.Cluster
	failures []*breaking // by pool; nil = nothing breaks there
	services []*deployed
	training []*training.Job
	rl       []*rl.Job
	batch    *batch.Runner

	segments segments
	requests *requestBook
	jobs     *jobBook
	sampler  *sampler
	sampled  *sampling // nil = every request is simulated
	demand   *market
	metering *metering
	lending  *lending  // nil where nothing is lent
	starters []starter // what happens at given instants
	recorder result.Recorder
	tracer   result.Tracer // nil = nobody wants a timeline
	places   *placeBook
	err      error // the first error that ended the run early
}

// deployed is a service with what its scenario says of it.
type deployed struct {
	*service.Service
	prefill *service.Service // of a disaggregated deployment; nil = it is not
	split   *service.Split   // likewise
	front   front            // where requests go
	spec    *scenario.Deployment
	serving *perf.Serving // of the model served at the start
	pool    int
	eras    []era // what is served when
	// Of queues that ask: fair shares between tenants, predicted lengths.
	fair         bool
	predictionCV float64
	predictions  event.Stream
}

// starter is something that happens once, at a given instant.
type starter struct {
	at    event.Time
	class event.Class
	do    func(now event.Time) error
}

// Event kinds of a simulation.
const startKind event.Kind = 0

// New builds the run of a scenario. Every error in the scenario or its inputs
// is found here; most are located in the scenario's text.
func New(doc *scenario.Document, o Options) (*Simulation, error) {
	s := &Simulation{doc: doc, options: o, engine: &event.Engine{}}
	for _, build := range []func() error{s.checkPublished, s.loadCalibration, s.buildFleet, s.buildFailures, s.buildMetering, s.buildBooks, s.buildServices, s.buildDemand, s.buildRequests, s.buildTraining, s.buildRL, s.buildJobs, s.identify} {
		if err := build(); err != nil {
			return nil, err
		}
	}
	if s.lending = s.newLending(s.places); s.lending != nil {
		s.cluster.Observe(s.lending)
	}
	s.sampler = newSampler(s)
	for i, st := range s.starters {
		s.engine.At(st.at, st.class, s, startKind, int64(i))
	}
	return s, nil
}

// RunID returns the run's name: the same for equal runs everywhere.
func (s *Simulation) RunID() uuid.UUID { return s.runID }

// Scenario returns the resolved scenario.
func (s *Simulation) Scenario() *scenario.Scenario { return &s.doc.Scenario }

// Run plays the run to its horizon. Rows go to the recorder, which may be nil,
// as they come up. When the context ends, Run returns its error.
func (s *Simulation) Run(ctx context.Context, r result.Recorder) (*result.Summary, error) {
	if r == nil {
		r = result.Discard{}
	}
	s.recorder = r
	s.tracer, _ = r.(result.Tracer)
	s.tracePhases()
	horizon := s.doc.Horizon
	poll := func() bool {
		if s.options.Progress != nil {
			s.options.Progress(s.engine.Now(), horizon)
		}
		return ctx.Err() == nil
	}
	if !s.engine.RunUntil(horizon, poll) {
		if s.err != nil {
			return nil, s.err
		}
		return nil, fmt.Errorf("simulated %v of %v: %w", s.engine.Now(), horizon, ctx.Err())
	}
	if s.err != nil {
		return nil, s.err
	}
	return s.finish(horizon)
}

// Handle implements event.Handler: something happens that was planned.
func (s *Simulation) Handle(_ *event.Engine, ev event.Event) {
	s.fail(s.starters[ev.Arg].do(ev.Time))
}

// fail ends the run with an error, unless it is nil.
func (s *Simulation) fail(err error) {
	if err != nil && s.err == nil {
		s.err = err
		s.engine.Stop()
	}
}

// plan makes something happen once, at an instant.
func (s *Simulation) plan(at event.Time, class event.Class, do func(now event.Time) error) {
	s.starters = append(s.starters, starter{at, class, do})
}

// settle brings the ledger up to date with everything that runs.
func (s *Simulation) settle(now event.Time) {
	for _, d := range s.services {
		d.Settle(now)
	}
	for _, j := range s.training {
		j.Settle(now)
	}
	for _, j := range s.rl {
		j.Settle(now)
	}
}

func (s *Simulation) loadCalibration() error {
	var err error
	s.calibration, err = LoadCalibration(s.doc.Calibration, s.options.Inputs.Read)
	if err != nil {
		return s.doc.Locate("calibration", err)
	}
	return nil
}

func (s *Simulation) buildFleet() error {
	specs, err := s.poolSpecs()
	if err != nil {
		return err
	}
	if s.fleet, err = fleet.New(specs...); err != nil {
		return s.doc.Locate("fleet", err)
	}
	var sizes []int64
	for _, p := range s.fleet.Pools {
		sizes = append(sizes, int64(p.GPUs())*ledger.MilliPerGPU)
	}
	s.ledger = ledger.New(sizes...)
	policy, err := s.policy()
	if err != nil {
		return s.doc.Locate("scheduler", err)
	}
	s.cluster = cluster.New(s.engine, s.fleet, s.ledger, policy)
	s.places = newPlaceBook(s)
	s.cluster.Observe(s.places)
	return s.planDeliveries()
}

// identify computes the run ID, once all inputs have been opened.
func (s *Simulation) identify() error {
	canonical, err := s.doc.Canonical()
	if err != nil {
		return fmt.Errorf("writing the resolved scenario: %w", err)
	}
	digests, err := s.options.Inputs.Digests()
	if err != nil {
		return fmt.Errorf("reading the inputs: %w", err)
	}
	s.runID = scenario.RunID(canonical, s.doc.Seed, digests, s.options.Version)
	return nil
}
