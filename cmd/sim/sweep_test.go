package main

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// kept counts the finished runs of a sweep's directory.
func kept(dir string) int {
	n := 0
	filepath.WalkDir(filepath.Join(dir, sweepPoints), func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".json") {
			n++
		}
		return nil
	})
	return n
}

// killAt starts a sweep and kills it once so many of its runs are finished: at
// whatever it does then. It reports false when the sweep ended before that.
func killAt(t *testing.T, dir string, runs int, args []string) bool {
	t.Helper()
	cmd := exec.Command("sim", args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for kept(dir) < runs {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("the sweep failed: %v", err)
			}
			return false
		case <-time.After(time.Millisecond): // look again
		}
	}
	cmd.Process.Kill()
	<-ended
	return true
}

func TestSweepKilledTenTimesGivesTheBytesOfAnUndisturbedOne(t *testing.T) {
	base := t.TempDir()
	args := func(name string) []string {
		return []string{"sweep", "bench-short", "--set", "requests=2000", "--vary", "rate=10:300:10", "--replications", "2", "-j", "2", "--out", filepath.Join(base, name)}
	}
	const runs = 60
	calm := exec.Command("sim", args("calm")...)
	if out, err := calm.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, err := os.ReadFile(filepath.Join(base, "calm", sweepFile))
	if err != nil {
		t.Fatal(err)
	}

	dir := filepath.Join(base, "killed")
	r := rand.New(rand.NewPCG(1, 2))
	kills := 0
	for range 10 {
		before := kept(dir)
		if killAt(t, dir, before+r.IntN(6), args("killed")) {
			kills++
		}
		if after := kept(dir); after < before {
			t.Fatalf("%d runs were kept, now %d", before, after)
		}
	}
	there := kept(dir)
	if kills < 10 || there == runs {
		t.Logf("the sweep ended before it could be killed ten times: %d kills, %d runs kept", kills, there)
	}
	out, err := exec.Command("sim", args("killed")...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%d kills; then %s", kills, out[bytes.LastIndexByte(bytes.TrimSpace(out), '\n')+1:])
	got, err := os.ReadFile(filepath.Join(dir, sweepFile))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the file of the killed sweep differs from that of the undisturbed one")
	}
}
