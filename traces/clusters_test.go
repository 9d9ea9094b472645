package traces

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
)

// sampleHelios makes a job list of the Helios layout; every job starts.
func sampleHelios(r *event.Rand) []byte {
	return clusterRows(r, "job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,queue\n", 120,
		func(i int, c clusterRow) string {
			if i == 7 {
				return fmt.Sprintf("%d,u%d,vc%d,%d,%d,%d,CANCELLED,%s,,,,\n", i+1, c.user, c.user%3, c.gpus, 4*c.gpus, c.nodes, c.submit.Format(time.DateTime))
			}
			return fmt.Sprintf("%d,u%d,vc%d,%d,%d,%d,%s,%s,%s,%s,%d,%d\n", i+1, c.user, c.user%3, c.gpus, 4*c.gpus, c.nodes, c.state,
				c.submit.Format(time.DateTime), c.start().Format(time.DateTime), c.end().Format(time.DateTime), c.run, c.wait)
		})
}

// sampleAcme makes a job list of the layout of Acme's cluster Kalos.
func sampleAcme(r *event.Rand) []byte {
	const layout = "2006-01-02 15:04:05-07:00"
	header := "job_id,user,node_num,gpu_num,cpu_num,mem_per_pod_GB,shared_mem_per_pod,type,state,submit_time,start_time,end_time,fail_time,stop_time,duration,queue,gpu_time\n"
	return clusterRows(r, header, 120, func(i int, c clusterRow) string {
		start, end := c.start().Format(layout), c.end().Format(layout)
		if i%50 == 9 {
			start, end = "", ""
		}
		return fmt.Sprintf("dlc%04d,u%02d,%d,%d,%d,%d,100.0,%s,%s,%s,%s,%s,,,%d,%d.0,%d.0\n", i, c.user, c.nodes, c.gpus, 15*c.gpus, 1000,
			[]string{"Pretrain", "SFT", "Evaluation", "Other"}[c.user%4], c.state, c.submit.Format(layout), start, end, c.run, c.wait, c.run*c.gpus)
	})
}

// samplePhilly makes a job log of the Philly layout, in no order of time.
func samplePhilly(r *event.Rand) []byte {
	var b bytes.Buffer
	b.WriteString("[")
	jobs := clusterRows(r, "", 80, func(i int, c clusterRow) string {
		var attempts []string
		for a := range 1 + c.user%2 {
			var hosts []string
			for n := range c.nodes {
				var gpus []string
				for g := range c.gpus / c.nodes {
					gpus = append(gpus, fmt.Sprintf(`"gpu%d"`, g))
				}
				hosts = append(hosts, fmt.Sprintf(`{"ip": "m%d", "gpus": [%s]}`, n, strings.Join(gpus, ", ")))
			}
			begin := c.start().Add(time.Duration(a*c.run) * time.Second)
			end := fmt.Sprintf("%q", begin.Add(time.Duration(c.run)*time.Second).Format(time.DateTime))
			if i%15 == 4 {
				end = "null"
			}
			attempts = append(attempts, fmt.Sprintf(`{"start_time": %q, "end_time": %s, "detail": [%s]}`, begin.Format(time.DateTime), end, strings.Join(hosts, ", ")))
		}
		state := map[string]string{"COMPLETED": "Pass", "FAILED": "Failed", "CANCELLED": "Killed"}[c.state]
		return fmt.Sprintf("\n{\"status\": %q, \"vc\": \"vc%d\", \"jobid\": \"application_%04d\", \"attempts\": [%s],\n \"submitted_time\": %q, \"user\": \"u%d\"}\x00",
			state, c.user%3, i, strings.Join(attempts, ", "), c.submit.Format(time.DateTime), c.user)
	})
	parts := bytes.Split(bytes.TrimSuffix(jobs, []byte{0}), []byte{0})
	for i := range parts {
		k := (i + len(parts)/2) % len(parts) // in no order
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(parts[k])
	}
	b.WriteString("\n]\n")
	return b.Bytes()
}

// clusterRow is a job that the samples are made of.
type clusterRow struct {
	user, gpus, nodes, wait, run int
	state                        string
	submit                       time.Time
}

func (c clusterRow) start() time.Time { return c.submit.Add(time.Duration(c.wait) * time.Second) }
func (c clusterRow) end() time.Time   { return c.start().Add(time.Duration(c.run) * time.Second) }

func clusterRows(r *event.Rand, header string, n int, row func(i int, c clusterRow) string) []byte {
	b := bytes.NewBufferString(header)
	at := time.Date(2020, 6, 9, 18, 41, 1, 0, time.UTC)
	for i := range n {
		c := clusterRow{user: 1 + r.IntN(12), gpus: []int{1, 1, 1, 2, 4, 8, 16, 64}[r.IntN(8)], wait: int(r.Exp() * 60), run: 1 + int(r.Exp()*3600), submit: at}
		c.nodes = max(1, c.gpus/8)
		c.state = []string{"COMPLETED", "COMPLETED", "FAILED", "CANCELLED"}[r.IntN(4)]
		b.WriteString(row(i, c))
		at = at.Add(time.Duration(r.Exp()*90) * time.Second)
	}
	return b.Bytes()
}

func TestListsOfResearchClustersAreRead(t *testing.T) {
	for _, c := range []struct {
		name, text, format string
		want               []Job
	}{
		{"helios spreads GPUs and CPUs over the nodes", `job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,queue
1,u,vcJ,16,64,2,COMPLETED,2020-06-09 18:41:01,2020-06-09 18:42:01,2020-06-09 19:42:01,3600,60
2,u,vcB,3,3,2,FAILED,2020-06-09 18:41:27,2020-06-09 18:41:27,2020-06-09 18:45:36,249,0
3,u,vcB,1,1,1,CANCELLED,2020-06-09 18:41:28,,,,
`, "helios", []Job{
			{Name: "1", Tenant: "vcJ", Workers: 2, GPUs: 8, CPUMilli: 32000, Duration: event.Hour, Status: "COMPLETED"},
			{At: 26 * event.Second, Name: "2", Tenant: "vcB", Workers: 3, GPUs: 1, CPUMilli: 1000, Duration: 249 * event.Second, Status: "FAILED"},
		}},
		{"acme takes end − start where duration says else", `job_id,user,node_num,gpu_num,cpu_num,mem_per_pod_GB,shared_mem_per_pod,type,state,submit_time,start_time,end_time,fail_time,stop_time,duration,queue,gpu_time
d,uf,8,64,960,1048.576,100.0,Other,FAILED,2023-05-17 11:00:58+00:00,2023-05-17 11:01:08+00:00,2023-05-17 11:01:16+00:00,,,18,10.0,1152.0
`, "acme", []Job{{Name: "d", Tenant: "uf", Workers: 8, GPUs: 8, CPUMilli: 120000, MemoryMiB: 1000000, Duration: 8 * event.Second, Status: "FAILED"}}},
		{"philly adds up attempts and sorts", `[{"status": "Pass", "vc": "b", "jobid": "late", "attempts": [
 {"start_time": "2017-10-07 01:12:09", "end_time": "2017-10-07 01:13:09", "detail": [{"ip": "m1", "gpus": ["gpu0"]}]},
 {"start_time": "2017-10-07 01:14:00", "end_time": null, "detail": [{"ip": "m1", "gpus": ["gpu0", "gpu1"]}]},
 {"start_time": "2017-10-07 01:15:00", "end_time": "2017-10-07 01:15:30", "detail": [{"ip": "m1", "gpus": ["gpu0", "gpu1"]}, {"ip": "m2", "gpus": ["gpu3"]}]}],
 "submitted_time": "2017-10-07 01:11:39", "user": "x"},
{"status": "Killed", "vc": "a", "jobid": "never", "attempts": [], "submitted_time": "2017-10-07 00:00:00", "user": "x"},
{"status": "Failed", "vc": "a", "jobid": "early", "attempts": [{"start_time": "2017-10-07 01:11:00", "end_time": "2017-10-07 01:11:02",
 "detail": [{"ip": "m1", "gpus": ["gpu0", "gpu1"]}, {"ip": "m2", "gpus": ["gpu0", "gpu1"]}]}], "submitted_time": "2017-10-07 01:10:39", "user": "x"}]
`, "philly", []Job{
			{Name: "early", Tenant: "a", Workers: 2, GPUs: 2, Duration: 2 * event.Second, Status: "Failed"},
			{At: event.Minute, Name: "late", Tenant: "b", Workers: 3, GPUs: 1, Duration: 90 * event.Second, Status: "Pass"},
		}},
	} {
		f, err := Open(write(t, "trace", c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := jobsOf(t, f); f.Format != c.format || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s, as %s:\n got %+v\nwant %+v", c.name, f.Format, got, c.want)
		}
	}
}

func TestPhillyErrorsNameTheLine(t *testing.T) {
	const begin = "[\n{\"jobid\": \"a\", \"attempts\": [], \"submitted_time\": \"2017-10-07 01:11:39\"},\n"
	for _, c := range []struct{ name, text, want string }{
		{"no time", begin + `{"jobid": "b", "attempts": []}]`, ":3: submitted_time: found \"\""},
		{"time of another form", begin + `{"jobid": "b", "attempts": [], "submitted_time": "noon"}]`, ":3: submitted_time: found \"noon\""},
		{"end before start", begin + "{\"jobid\": \"b\", \"submitted_time\": \"2017-10-07 01:11:39\",\n\"attempts\": [{\"start_time\": \"2017-10-07 01:11:39\", \"end_time\": \"2017-10-07 01:11:38\"}]}]", ":4: attempts: found from"},
		{"cut short", begin + `{"jobid": "b", "attempts"`, ":3: found the end of the file"},
		{"no JSON", begin + `{"jobid": b, "attempts": []}]`, "found invalid character"},
		{"wrong type", begin + `{"jobid": 7, "attempts": []}]`, "jobid: found a number"},
	} {
		err := readAll(write(t, "trace", c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
}

func TestAnyCSVIsReadByAMapOfItsColumns(t *testing.T) {
	for _, c := range []struct {
		name, text string
		columns    map[string]string
		jobs       []Job
		requests   []Request
	}{
		{"jobs in milliseconds and hours", "when,cards,hours,who\n1500,2,0.5,ann\n2000,0.25,2,bob\n",
			map[string]string{"at": "when in ms", "gpus": "cards", "duration": "hours in h", "tenant": "who"},
			[]Job{
				{At: 1500 * event.Millisecond, Tenant: "ann", Workers: 1, GPUs: 2, Duration: event.Hour / 2},
				{At: 2 * event.Second, Tenant: "bob", Workers: 1, GPUMilli: 250, Duration: 2 * event.Hour},
			}, nil},
		{"clocks and epochs count from the first row", "t0,from,to,n\n1600000000,2020-01-01T00:00:05Z,2020-01-01 00:00:06,8\n1600000010,5,7.5,1\n",
			map[string]string{"at": "t0 in epoch", "start": "from", "end": "to", "total_gpus": "n"},
			[]Job{{Workers: 1, GPUs: 8, Duration: event.Second}, {At: 10 * event.Second, Workers: 1, GPUs: 1, Duration: 2500 * event.Millisecond}}, nil},
		{"requests", "Arrived,In,Out\n0.25,7,8\n", map[string]string{"at": "arrived", "prompt": "in", "output": "OUT"}, nil,
			[]Request{{At: event.Second / 4, Prompt: 7, Output: 8}}},
	} {
		f, err := OpenAs(write(t, "trace", c.text), "csv")
		if err != nil {
			t.Fatal(err)
		}
		if f, err = f.Map(c.columns); err != nil {
			t.Fatal(err)
		}
		if c.jobs != nil {
			if got := jobsOf(t, f); !reflect.DeepEqual(got, c.jobs) {
				t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.jobs)
			}
			continue
		}
		if got := requestsOf(t, f, 1); !reflect.DeepEqual(got, c.requests) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.requests)
		}
	}
}

func TestAMapOfColumnsThatCannotWorkIsRefused(t *testing.T) {
	for _, c := range []struct {
		columns map[string]string
		want    string
	}{
		{map[string]string{"at": "a", "durations": "b"}, `no field "durations". Did you mean duration?`},
		{map[string]string{"at": "a", "gpus": "b"}, "no column for duration, or start and end"},
		{map[string]string{"at": "a", "duration": "b"}, "no column for gpus, total_gpus or gpu_milli"},
		{map[string]string{"duration": "b", "gpus": "c"}, "no column for at"},
		{map[string]string{"at": "a in weeks", "duration": "b", "gpus": "c"}, `unknown unit "weeks"`},
		{map[string]string{"at": "a", "prompt": "b"}, "no column for output of the requests"},
	} {
		f, err := OpenAs("any.csv", "csv")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Map(c.columns); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q in it", c.columns, err, c.want)
		}
		if _, err := f.Jobs(); err == nil || !strings.Contains(err.Error(), "needs a map") {
			t.Errorf("without a map: %v", err)
		}
	}
}

// rewriteJobs writes jobs in a format and reads them again.
func rewriteJobs(t *rapid.T, dir, format string, jobs []Job) []Job {
	var b bytes.Buffer
	w, err := NewJobWriter(&b, format)
	if err != nil {
		t.Fatal(err)
	}
	for i := range jobs {
		if err := w.Write(&jobs[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, format)
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if f.Format != format {
		t.Fatalf("%s recognised as %s", format, f.Format)
	}
	s, err := f.Jobs()
	if err != nil {
		t.Fatal(err)
	}
	got, err := drainJobs(s)
	if err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	return got
}

func TestJobsSurviveTheirFormatsExactly(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		unknown := rapid.Int32Range(-1, 1<<20)
		var native, logged []Job
		at := event.Time(0)
		for i := range rapid.IntRange(1, 20).Draw(rt, "jobs") {
			at += event.Time(rapid.Int64Range(0, 1<<50).Draw(rt, "gap"))
			j := Job{
				At: at, Name: fmt.Sprint(i + 1), Workers: rapid.Int32Range(1, 1<<10).Draw(rt, "workers"), GPUs: 1,
				Duration: event.Time(rapid.Int64Range(1, 1<<50).Draw(rt, "duration")), Estimate: event.Time(rapid.Int64Range(0, 1<<50).Draw(rt, "estimate")),
			}
			n := j
			n.GPUs, n.Tenant, n.CPUMilli = rapid.Int32Range(0, 8).Draw(rt, "gpus"), rapid.StringMatching(`[a-z,"]{0,5}`).Draw(rt, "tenant"), rapid.Int64Range(0, 1<<30).Draw(rt, "cpu")
			n.Priority, n.Status, n.MemoryMiB = rapid.Int32().Draw(rt, "priority"), "done", rapid.Int64Range(0, 1<<30).Draw(rt, "memory")
			if n.GPUs == 0 {
				n.GPUMilli = rapid.Int32Range(0, 999).Draw(rt, "share")
				n.GPUTypes = []string{"T4", "A10"}
			}
			j.Log = &Log{
				Wait: event.Time(rapid.Int64Range(-1, 1<<50).Draw(rt, "wait")), CPUTime: float64(unknown.Draw(rt, "cpu time")), UsedMemory: float64(unknown.Draw(rt, "used")),
				Allocated: j.Workers, Requested: unknown.Draw(rt, "requested"), Memory: float64(unknown.Draw(rt, "memory")), Code: rapid.SampledFrom([]int32{-1, 0, 1, 5}).Draw(rt, "code"),
				User: unknown.Draw(rt, "user"), Group: unknown.Draw(rt, "group"), Executable: unknown.Draw(rt, "executable"),
				Queue: unknown.Draw(rt, "queue"), Partition: unknown.Draw(rt, "partition"),
			}
			j.Status = swfStatuses[int64(j.Log.Code)]
			if j.Log.User >= 0 {
				j.Tenant = fmt.Sprintf("user-%d", j.Log.User)
			}
			if j.Log.Memory > 0 {
				j.MemoryMiB = int64(j.Log.Memory+1023) / 1024
			}
			if i > 0 && rapid.Bool().Draw(rt, "follows") {
				j.After, j.Think = fmt.Sprint(rapid.IntRange(1, i).Draw(rt, "after")), event.Time(rapid.Int64Range(0, 1000).Draw(rt, "think"))*event.Second
				n.After, n.Think = j.After, j.Think
			}
			native, logged = append(native, n), append(logged, j)
		}
		for _, c := range []struct {
			format string
			jobs   []Job
		}{{"native-jobs", native}, {"swf", logged}} {
			if got := rewriteJobs(rt, dir, c.format, c.jobs); !reflect.DeepEqual(got, c.jobs) {
				rt.Fatalf("%s:\n got %+v\nwant %+v", c.format, got, c.jobs)
			}
		}
	})
}

func TestPartsOfASWFJobCountOnce(t *testing.T) {
	f, err := Open(write(t, "trace", "1 0 -1 60 4 -1 -1 4 -1 -1 1 1 1 -1 -1 -1 -1 -1\n1 0 -1 20 4 -1 -1 4 -1 -1 2 1 1 -1 -1 -1 -1 -1\n1 30 -1 40 4 -1 -1 4 -1 -1 3 1 1 -1 -1 -1 -1 -1\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := jobsOf(t, f); len(got) != 1 || got[0].Duration != event.Minute {
		t.Errorf("read %+v, want the one job that the first line sums up", got)
	}
}
