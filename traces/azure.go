package traces

import (
	"time"

	"github.com/jevons-sim/jevons/sim/event"
)

// Columns of Azure's LLM inference traces (github.com/Azure/AzurePublicDataset):
// a wall clock with or without a zone, prompt tokens, generated tokens.
const (
	azureTime = iota
	azurePrompt
	azureOutput
)

var azureColumns = []column{azureTime: {name: "TIMESTAMP"}, azurePrompt: {name: "ContextTokens"}, azureOutput: {name: "GeneratedTokens"}}

var azure = format{
	name: "azure", kind: Requests,
	detect:   func(head []byte) bool { return hasHeader(head, "TIMESTAMP", "ContextTokens", "GeneratedTokens") },
	requests: openAzure,
}

// azureLayout writes a wall clock as the traces do; reading takes any number of
// decimals.
const azureLayout = "2006-01-02 15:04:05.0000000"

// longestSpan bounds times from the first row, well within the clock's range.
const longestSpan = 36525 * event.Day

type azureReader struct {
	*table
	begun bool
	start time.Time // of the first row
	last  event.Time
}

func openAzure(s source, l lint) (requestReader, error) {
	t, err := openTable(s, l, azureColumns)
	if err != nil {
		return nil, err
	}
	return &azureReader{table: t}, nil
}

// Next implements RequestStream. Times count from the first row.
func (a *azureReader) Next(r *Request) (bool, error) {
	for {
		if ok, err := a.next(); !ok {
			return false, err
		}
		ok, err := a.parse(r)
		if ok || err != nil {
			return ok, err
		}
	}
}

func (a *azureReader) parse(r *Request) (ok bool, err error) {
	*r = Request{}
	clock, valid := parseClock(a.text(azureTime))
	if !valid {
		problem := problemMalformed
		if a.text(azureTime) == "" {
			problem = problemMissing
		}
		return false, a.rejectField(azureTime, problem, "a time such as 2023-11-16 18:15:46.6805900")
	}
	if r.Prompt, ok, err = a.tokens(azurePrompt); !ok {
		return false, err
	}
	if r.Output, ok, err = a.tokens(azureOutput); !ok {
		return false, err
	}
	if !a.begun {
		a.begun, a.start = true, clock
	}
	r.At = event.Time(clock.Sub(a.start))
	if r.At > longestSpan || r.At < -longestSpan {
		return false, a.rejectField(azureTime, problemMalformed, "a time within 100 years of the first row's")
	}
	a.order(a.line, r.At, &a.last)
	return true, nil
}
