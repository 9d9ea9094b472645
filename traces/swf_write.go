package traces

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/jevons-sim/jevons/sim/event"
)

// swfWriter writes the Standard Workload Format: what the job's own log said,
// and of other jobs what the format can hold. Names that are no numbers get
// numbers in order of appearance.
type swfWriter struct {
	out     *bufio.Writer
	numbers map[string]int // of jobs written
	tenants map[string]int
	begun   bool
	last    event.Time
}

func newSWFWriter(w io.Writer) (JobWriter, error) {
	return &swfWriter{out: bufio.NewWriter(w), numbers: map[string]int{}, tenants: map[string]int{}}, nil
}

// Write implements JobWriter. Shares of a GPU count as one processor.
func (s *swfWriter) Write(j *Job) error {
	if !s.begun {
		s.begun = true
		if _, err := s.out.WriteString("; Version: 2.2\n; Note: processors are GPUs\n"); err != nil {
			return err
		}
	}
	procs := int64(j.Workers) * max(1, int64(j.GPUs))
	if procs > math.MaxInt32 {
		return fmt.Errorf("%d GPUs are more than swf can hold", procs)
	}
	if j.At < s.last {
		return fmt.Errorf("submitted at %v, after one of %v: swf needs jobs in order of submission", j.At, s.last)
	}
	s.last = j.At
	l := j.Log
	if l == nil {
		l = &Log{
			Wait: -1, CPUTime: -1, UsedMemory: -1, Allocated: int32(procs), Requested: int32(procs), Memory: -1,
			Code: statusCode(j.Status), User: -1, Group: -1, Executable: -1, Queue: -1, Partition: -1,
		}
		if j.Tenant != "" {
			l.User = int32(numberOf(s.tenants, j.Tenant))
		}
		if j.MemoryMiB > 0 {
			l.Memory = float64(j.MemoryMiB) * 1024 * float64(j.Workers) / float64(procs)
		}
	}
	after, think := -1, "-1"
	if j.After != "" {
		n, ok := s.numbers[j.After]
		if !ok {
			return fmt.Errorf("it comes after job %q, which no line before has", j.After)
		}
		after, think = n, seconds(j.Think)
	}
	estimate, wait := "-1", "-1"
	if j.Estimate > 0 {
		estimate = seconds(j.Estimate)
	}
	if l.Wait >= 0 {
		wait = seconds(l.Wait)
	}
	_, err := fmt.Fprintf(s.out, "%d %s %s %s %d %s %s %d %s %s %d %d %d %d %d %d %d %s\n",
		s.number(j), seconds(j.At), wait, seconds(j.Duration), l.Allocated, number(l.CPUTime), number(l.UsedMemory), l.Requested, estimate,
		number(l.Memory), l.Code, l.User, l.Group, l.Executable, l.Queue, l.Partition, after, think)
	return err
}

// number returns the job's number: its name where that is a new number.
func (s *swfWriter) number(j *Job) int {
	n, err := strconv.Atoi(j.Name)
	if _, taken := s.numbers[j.Name]; err != nil || n < 1 || taken || j.Log == nil {
		n = len(s.numbers) + 1
	}
	name := j.Name
	if _, taken := s.numbers[name]; taken || name == "" {
		name = "\x00" + strconv.Itoa(len(s.numbers)) // keeps the count
	}
	s.numbers[name] = n
	return n
}

// Close implements JobWriter.
func (s *swfWriter) Close() error { return s.out.Flush() }

// numberOf numbers names from 1 in order of appearance.
func numberOf(numbers map[string]int, name string) int {
	n, ok := numbers[name]
	if !ok {
		n = len(numbers) + 1
		numbers[name] = n
	}
	return n
}

// statusCode returns the format's number of a final state, −1 where it has none.
func statusCode(status string) int32 {
	switch status {
	case "completed", "COMPLETED", "Pass", "Succeeded":
		return 1
	case "failed", "FAILED", "Failed", "TIMEOUT", "NODE_FAIL":
		return 0
	case "cancelled", "CANCELLED", "Killed":
		return 5
	}
	return -1
}

// seconds writes a time exactly, in seconds.
func seconds(t event.Time) string {
	whole, rest := t/event.Second, t%event.Second
	if rest == 0 {
		return strconv.FormatInt(int64(whole), 10)
	}
	text := fmt.Sprintf("%d.%09d", whole, rest)
	for text[len(text)-1] == '0' {
		text = text[:len(text)-1]
	}
	return text
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
