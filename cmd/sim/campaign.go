package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/result"
)

// campaign plays many runs: variants of scenarios, each under several seeds.
// With a store, runs that are there are taken from it and new ones go there as
// soon as they end.
type campaign struct {
	app    *app
	store  *report.Store // nil = none
	jobs   int
	engine engineFlags
	// identified, if not nil, is called once all tasks are.
	identified func(tasks []*task) error
}

// task is one run of a campaign.
type task struct {
	variant     *variant
	replication int // from 0
	label       string
	runID       string
	key         string // in the store
	gpus        int    // of the fleet
	figures     []result.Figure
}

// play completes the tasks and returns how many had to be played. Where it ends
// early, those that ended before are in the store.
func (c *campaign) play(ctx context.Context, label string, tasks []*task) (played int, err error) {
	if err := inParallel(ctx, len(tasks), c.jobs, func(_ context.Context, i int) error { return tasks[i].located(c.lookUp(tasks[i])) }); err != nil {
		return 0, err
	}
	if c.identified != nil {
		if err := c.identified(tasks); err != nil {
			return 0, err
		}
	}
	missing, total := unplayed(tasks)
	if len(missing) == 0 {
		return 0, nil
	}
	bar := c.app.newProgress(label, total)
	defer func() { bar.done(err) }()
	var mu sync.Mutex
	err = inParallel(ctx, len(missing), c.jobs, func(ctx context.Context, i int) error {
		if err := c.run(ctx, missing[i], bar); err != nil {
			return missing[i].located(err)
		}
		mu.Lock()
		defer mu.Unlock()
		played++
		return nil
	})
	if err != nil {
		return played, err
	}
	byID := map[string]*task{}
	for _, t := range missing {
		byID[t.runID] = t
	}
	for _, t := range tasks {
		if t.figures == nil {
			t.figures = byID[t.runID].figures
		}
	}
	return played, nil
}

// unplayed returns the tasks without figures, each run once, and their simulated
// time together.
func unplayed(tasks []*task) (missing []*task, total event.Time) {
	seen := map[string]bool{}
	for _, t := range tasks {
		if t.figures == nil && !seen[t.runID] {
			seen[t.runID] = true
			missing = append(missing, t)
			total += t.variant.doc.Horizon
		}
	}
	return missing, total
}

// located says which run an error belongs to.
func (t *task) located(err error) error {
	if err == nil || t.label == "" {
		return err
	}
	return fmt.Errorf("at %s: %w", t.label, err)
}

// lookUp identifies a run and takes its figures from the store if they are there.
func (c *campaign) lookUp(t *task) error {
	if t.figures != nil {
		return nil
	}
	run, err := c.app.build(t.variant, t.replication, &c.engine, nil)
	if err != nil {
		return err
	}
	t.runID, t.gpus, t.key = run.RunID().String(), run.GPUs(), storeKey(run.RunID())
	if c.store == nil {
		return nil
	}
	figures, ok, err := c.store.Get(t.key)
	if ok {
		t.figures = figures
	}
	return err
}

// run plays a run and keeps its figures.
func (c *campaign) run(ctx context.Context, t *task, bar *progressBar) error {
	run, err := c.app.build(t.variant, t.replication, &c.engine, bar.run())
	if err != nil {
		return err
	}
	summary, err := run.Run(ctx, nil)
	if err != nil {
		return err
	}
	figures, err := result.Figures(summary)
	if err != nil {
		return err
	}
	if c.store != nil {
		if err := c.store.Put(t.key, figures); err != nil {
			return err
		}
	}
	t.figures = figures
	return nil
}

// storeKey is the name under which a run's figures are kept: its run ID, and in
// a build without a version of its own also the program, which two runs of one
// ID may have been played by different states of.
func storeKey(id uuid.UUID) string {
	if digest := developmentBuild(); digest != nil {
		id = uuid.NewSHA1(id, digest)
	}
	return id.String()
}

// developmentBuild returns a digest of the program, nil when its version says
// which it is.
var developmentBuild = sync.OnceValue(func() []byte {
	v := version()
	if v != "dev" && !strings.Contains(v, "dirty") && !modified() {
		return nil
	}
	path, err := os.Executable()
	if err != nil {
		return []byte(v)
	}
	f, err := os.Open(path)
	if err != nil {
		return []byte(v)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return []byte(v)
	}
	return h.Sum(nil)
})

// modified reports whether the build's sources differed from those of its commit.
func modified() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return false
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.modified" && s.Value == "true" {
			return true
		}
	}
	return false
}
