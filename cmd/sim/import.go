package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/imports"
	"github.com/jevons-sim/jevons/imports/kueue"
	"github.com/jevons-sim/jevons/imports/slurm"
)

// importFlags are the flags of `sim import`.
type importFlags struct {
	out, name   string
	force       bool
	gpusPerNode int
	gpu         string
}

func importCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Make a scenario of a real scheduler's configuration",
		Long: `import reads the configuration of a real scheduler and writes a scenario with its
fleet, queues and quotas, to which workloads are added. What the configuration
says and the simulator does not model is listed on stderr, and on top of the
scenario, with file and line.`,
		Args: noSuchSubcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(importKueueCommand(a), importSlurmCommand(a))
	return cmd
}

func (f *importFlags) add(cmd *cobra.Command, name string) {
	cmd.Flags().StringVarP(&f.out, "out", "o", "-", "scenario to write; - is stdout")
	cmd.Flags().BoolVar(&f.force, "force", false, "replace a file that exists")
	cmd.Flags().StringVar(&f.name, "name", name, "name of the scenario")
}

func importKueueCommand(a *app) *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "kueue FILE...",
		Short: "Read Kueue's ResourceFlavors, ClusterQueues, Cohorts, LocalQueues and Topologies",
		Example: `  kubectl get resourceflavors,clusterqueues,cohorts,localqueues,topologies,nodes -A -o yaml > kueue.yaml
  sim import kueue kueue.yaml -o cluster.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var files []kueue.File
			for _, path := range args {
				text, err := os.ReadFile(path)
				if err != nil {
					return usageErrorf("%w", err)
				}
				files = append(files, kueue.File{Name: path, Text: text})
			}
			if f.gpusPerNode < 1 || f.gpusPerNode > 64 {
				return usageErrorf("--gpus-per-node %d: want 1 to 64", f.gpusPerNode)
			}
			d, err := kueue.Read(files, kueue.Options{Name: f.name, GPUsPerNode: f.gpusPerNode})
			return a.imported(d, err, &f)
		},
	}
	f.add(cmd, "kueue")
	cmd.Flags().IntVar(&f.gpusPerNode, "gpus-per-node", 8, "GPUs of nodes that the manifests do not list")
	return cmd
}

func importSlurmCommand(a *app) *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:     "slurm FILE",
		Short:   "Read a slurm.conf: nodes, GRES, partitions, priorities",
		Example: "  sim import slurm /etc/slurm/slurm.conf -o cluster.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return usageErrorf("%w", err)
			}
			d, err := slurm.Read(args[0], text, slurm.Options{Name: f.name, GPU: f.gpu})
			return a.imported(d, err, &f)
		},
	}
	f.add(cmd, "slurm")
	cmd.Flags().StringVar(&f.gpu, "gpu", "", "GPU of nodes whose Gres names no type (default H100)")
	return cmd
}

// imported writes what has been read.
func (a *app) imported(d *imports.Draft, err error, f *importFlags) error {
	var format *imports.Error
	if errors.As(err, &format) {
		return usageErrorf("%w", err)
	}
	if err != nil {
		return err
	}
	text, err := d.YAML()
	if err != nil {
		return err
	}
	for _, n := range d.Notes {
		a.note("%s", n)
	}
	if f.out == "-" {
		_, err := a.stdout.Write(text)
		return err
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if f.force {
		mode = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	file, err := os.OpenFile(f.out, mode, 0o644)
	if errors.Is(err, os.ErrExist) {
		return usageErrorf("%s exists; --force replaces it", f.out)
	}
	if err != nil {
		return fmt.Errorf("writing the scenario: %w", err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("writing the scenario: %w", err)
	}
	var pools []string
	for _, p := range d.Scenario.Fleet.Pools {
		pools = append(pools, fmt.Sprintf("%s (%d × %d %s)", p.Name, p.Nodes, p.GPUsPerNode, p.GPU))
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %s; %d tenants. Add workloads, then: sim run %s\n", f.out, strings.Join(pools, ", "), len(d.Scenario.Scheduler.Tenants), filepath.ToSlash(f.out))
	return err
}
