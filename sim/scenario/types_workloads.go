package scenario

import (
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// Workloads is the work that comes to the fleet.
type Workloads struct {
	// Requests are streams of inference requests.
	Requests []RequestWorkload `yaml:"requests,omitempty"`
	// Sampling of the requests; none = every request is simulated.
	Sampling *Sampling `yaml:"sampling,omitempty"`
	// Training is pre-training jobs.
	Training []TrainingJob `yaml:"training,omitempty"`
	// RL is RL post-training jobs.
	RL []RLJob `yaml:"rl,omitempty"`
	// Jobs are batch jobs of given run times.
	Jobs []JobWorkload `yaml:"jobs,omitempty"`
}

// RequestWorkload is a stream of inference requests, either from a trace or
// from arrivals and length distributions.
type RequestWorkload struct {
	// Name of the stream, as results call it.
	Name string `yaml:"name" jsonschema:"required"`
	// Class under which results report the requests; none = the trace's own
	// classes, or the workload's name.
	Class string `yaml:"class,omitempty"`
	// Tenant that the requests are accounted to.
	Tenant string `yaml:"tenant,omitempty"`
	// Deployment that serves them; may be left out when there is only one.
	Deployment string `yaml:"deployment,omitempty"`
	Trace      *Trace `yaml:"trace,omitempty"`

	Arrivals *Arrivals `yaml:"arrivals,omitempty"`
	// Prompt is the length of prompts, in tokens.
	Prompt *Lengths `yaml:"prompt,omitempty"`
	// Output is the length of answers, in tokens, thinking not included.
	Output *Lengths `yaml:"output,omitempty"`
	// Thinking comes before the answer of some requests.
	Thinking *Thinking `yaml:"thinking,omitempty"`
	// Sessions make arrivals start conversations of several requests.
	Sessions *Sessions `yaml:"sessions,omitempty"`

	// Priority in the engine's queue; higher goes first.
	Priority int32 `yaml:"priority,omitempty"`
	// Deadline after arrival, beyond which an answer is worthless.
	Deadline event.Time `yaml:"deadline,omitempty"`
	// Patience after arrival, beyond which the client cancels.
	Patience event.Time `yaml:"patience,omitempty"`
	// Start is when arrivals begin.
	Start event.Time `yaml:"start,omitempty"`
	// End is when arrivals stop; none = the horizon.
	End event.Time `yaml:"end,omitempty"`
}

// Trace is recorded work, aligned with the run: a window of the trace is
// stretched in time, thinned or multiplied, and shifted to a start.
type Trace struct {
	// File of the trace, beside the scenario, or the name of an embedded sample.
	File string `yaml:"file" jsonschema:"required"`
	// Fallback is read when the file does not exist.
	Fallback string `yaml:"fallback,omitempty"`
	// Format of the file; auto = recognised from its content.
	Format string `yaml:"format" jsonschema:"default=auto"`
	// Columns maps fields to the columns of a CSV of any other form, as
	// {at: submitted, duration: runtime in h, gpus: n}; its format is csv.
	Columns map[string]string `yaml:"columns,omitempty"`
	// Window is the part of the trace to use, in the trace's own time.
	Window *Span `yaml:"window,omitempty"`
	// Start is the instant of the run at which the window begins.
	Start event.Time `yaml:"start,omitempty"`
	// TimeScale multiplies the time between arrivals: 0.5 doubles the rate.
	TimeScale float64 `yaml:"time_scale" jsonschema:"default=1,minimum=0"`
	// RateScale keeps the shape in time and draws or repeats arrivals: 0.1
	// keeps one in ten.
	RateScale float64 `yaml:"rate_scale" jsonschema:"default=1,minimum=0"`
	// Repeat starts the window again when it ends, until the horizon.
	Repeat bool `yaml:"repeat,omitempty"`
}

// Span is the time from an instant to another; To 0 = the end.
type Span struct {
	// From is the span's start.
	From event.Time `yaml:"from" jsonschema:"default=0s"`
	// To is its end; 0 = the end of what it is a span of.
	To event.Time `yaml:"to,omitempty"`
}

// Arrivals is a process in time.
type Arrivals struct {
	// Process is the law of the gaps between arrivals.
	Process string `yaml:"process" jsonschema:"default=poisson,enum=poisson,enum=gamma,enum=weibull,enum=mmpp,enum=deterministic"`
	// Rate is the mean rate of arrivals.
	Rate units.Rate `yaml:"rate,omitempty"`
	// CV is the coefficient of variation of the time between arrivals, for
	// gamma and weibull.
	CV float64 `yaml:"cv,omitempty" jsonschema:"minimum=0"`
	// States of an mmpp: Poisson at a rate that switches at random.
	States []ArrivalState `yaml:"states,omitempty"`
	// Daily shape of the rate.
	Daily *Daily `yaml:"daily,omitempty"`
	// Weekly factors of the rate, one per day of the week; the run starts on
	// the first.
	Weekly []float64 `yaml:"weekly,omitempty"`
}

// ArrivalState is one state of a Markov-modulated Poisson process.
type ArrivalState struct {
	// Rate of arrivals in this state.
	Rate units.Rate `yaml:"rate" jsonschema:"required"`
	// Mean time in the state.
	Mean event.Time `yaml:"mean" jsonschema:"required"`
}

// Daily is a cosine around the mean rate.
type Daily struct {
	// Amplitude is the peak's excess over the mean, from 0 to 1.
	Amplitude units.Fraction `yaml:"amplitude" jsonschema:"required"`
	// Peak is the time of day of the highest rate.
	Peak event.Time `yaml:"peak" jsonschema:"default=14h"`
}

// Thinking is the tokens before an answer.
type Thinking struct {
	// Probability that a request thinks.
	Probability units.Fraction `yaml:"probability" jsonschema:"default=1"`
	// Tokens is the length of the thinking of those that do.
	Tokens Lengths `yaml:"tokens" jsonschema:"required"`
}

// Sessions turn each arrival into a conversation.
type Sessions struct {
	// Turns is the number of requests of a conversation.
	Turns Lengths `yaml:"turns" jsonschema:"required"`
	// Gap is the time from one request of a conversation to the next.
	Gap Durations `yaml:"gap" jsonschema:"required"`
	// MaxPrompt cuts the growing history: each prompt carries all before it.
	MaxPrompt units.Tokens `yaml:"max_prompt" jsonschema:"default=128k,maximum=1e9"`
}
