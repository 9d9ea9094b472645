package traces

// Job lists of research clusters in CSV, read by fixed layouts.

// helios is the job list of the Helios clusters (github.com/S-Lab-System-Group/
// HeliosData, cluster_log.csv; Hu et al., SC 2021). Virtual clusters are the
// tenants; GPUs and CPUs are in all, spread over the nodes. A job holds its GPUs
// from its start to its end.
var helios = fixedJobs("helios", map[string]string{
	"at": "submit_time", "start": "start_time", "end": "end_time", "duration": "duration", "name": "job_id", "tenant": "vc",
	"total_gpus": "gpu_num", "total_cpus": "cpu_num", "workers": "node_num", "status": "state",
}, "job_id", "vc", "gpu_num", "node_num", "submit_time")

// acme is the job list of the Acme clusters Seren and Kalos (github.com/
// InternLM/AcmeTrace, trace_seren.csv and trace_kalos.csv; Hu et al., NSDI
// 2024). Users are the tenants. Kalos' column duration counts from submission in
// the published rows, so that start and end decide.
var acme = fixedJobs("acme", map[string]string{
	"at": "submit_time", "start": "start_time", "end": "end_time", "duration": "duration", "name": "job_id", "tenant": "user",
	"total_gpus": "gpu_num", "total_cpus": "cpu_num", "memory_gb": "mem_per_pod_GB", "workers": "node_num", "status": "state",
}, "job_id", "user", "gpu_num", "node_num", "type", "gpu_time", "submit_time")

// nativeJobs is the project's own list of jobs, exact to the nanosecond.
var nativeJobs = fixedJobs("native-jobs", map[string]string{
	"at": "at_ns in ns", "duration": "duration_ns in ns", "gpus": "gpus", "workers": "workers", "gpu_milli": "gpu_milli", "cpu_milli": "cpu_milli",
	"memory_mib": "memory_mib", "gpu_types": "gpu_types", "estimate": "estimate_ns in ns", "name": "name", "tenant": "tenant", "priority": "priority",
	"status": "status", "after": "after", "think": "think_ns in ns",
}, "at_ns", "duration_ns", "gpus")

// fixedJobs is a format of jobs whose layout is known; it is recognised by some
// of its columns.
func fixedJobs(name string, columns map[string]string, header ...string) format {
	l, kind, err := newLayout(columns)
	if err != nil {
		panic("traces: " + name + ": " + err.Error())
	}
	for f := range l.columns {
		// Of what a run can do without, a file may lack the column.
		switch f {
		case fieldAt, fieldGPUs, fieldTotalGPUs, fieldStart, fieldEnd:
		case fieldDuration:
			l.columns[f].optional = l.columns[fieldStart].name != ""
		default:
			l.columns[f].optional = true
		}
	}
	return format{
		name: name, kind: kind,
		detect: func(head []byte) bool { return hasHeader(head, header...) },
		jobs:   func(s source, c lint) (jobReader, error) { return openMappedJobs(s, c, l) },
	}
}
