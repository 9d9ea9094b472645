package main

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/jevons-sim/jevons/sim/event"
)

func TestProgressFiguresAreShort(t *testing.T) {
	for _, c := range []struct {
		in   float64
		want string
	}{{0.53, "0.5"}, {9.96, "10.0"}, {41.7, "41"}, {999, "990"}, {41321.5, "41,000"}, {1234567, "1,200,000"}} {
		if got := thousands(c.in); got != c.want {
			t.Errorf("thousands(%v) = %s, want %s", c.in, got, c.want)
		}
	}
	for _, c := range []struct {
		in   event.Time
		want string
	}{
		{12*event.Day + 5*event.Hour + 3*event.Second, "12d5h"},
		{5*event.Hour + 3*event.Minute + event.Second, "5h3m"},
		{90*event.Second + 7, "1m30s"},
		{1500*event.Millisecond + 3, "1.5s"},
	} {
		if got := roughly(c.in); got != c.want {
			t.Errorf("roughly(%v) = %s, want %s", c.in, got, c.want)
		}
	}
}

func TestProgressIsForTerminals(t *testing.T) {
	var out bytes.Buffer
	a := &app{stderr: &out}
	if bar := a.newProgress("x", event.Hour); bar != nil {
		t.Error("a bar without a terminal")
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, mode := range []progressMode{progressOnTerminal, progressNever} {
		a = &app{stderr: &out, progress: mode}
		bar := a.newProgress("x", event.Hour)
		if run := bar.run(); run != nil {
			t.Errorf("mode %d: progress is reported to nobody", mode)
		}
		bar.done(nil)
	}
	if out.Len() > 0 {
		t.Errorf("printed %q", out.String())
	}
}

func TestProgressOnRequestShowsTimeSpeedAndETA(t *testing.T) {
	var out bytes.Buffer
	a := &app{stderr: &out, progress: progressAlways}
	bar := a.newProgress("r1-shock", 14*event.Day)
	bar.began = time.Now().Add(-time.Second)
	bar.run()(7*event.Day, 14*event.Day)
	status := bar.status(7 * event.Day)
	bar.done(nil)
	if want := " 7d/14d  600,000× real time  ETA 1s"; status != want {
		t.Errorf("status = %q, want %q", status, want)
	}
	for _, want := range []string{"r1-shock", "14d/14d", "█"} {
		if !bytes.Contains(out.Bytes(), []byte(want)) {
			t.Errorf("the bar does not show %q: %q", want, out.String())
		}
	}
}
