package ledger

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
)

// Account says what a GPU does at an instant.
type Account uint8

// The accounts. Every name appears in results as String returns it.
const (
	Absent           Account = iota // not delivered yet
	Down                            // failed or drained
	IdleNoDemand                    // nothing waits that could use it
	IdleFragmented                  // work waits, but does not fit what is free
	IdleReserved                    // held for a backfill reservation or a quota
	Starting                        // image and weights load, warm-up
	Prefill                         // compute: prompts
	Decode                          // compute: output tokens
	Rollout                         // compute: RL generation
	Train                           // compute: training steps
	LogProb                         // compute: reference, reward and log-prob passes, evaluations
	Batch                           // compute: jobs known only by their duration
	StalledEmpty                    // a replica without requests
	StalledHost                     // the host schedules, the GPU waits
	StalledComm                     // exposed communication
	StalledBubble                   // pipeline bubble
	StalledTail                     // RL: waiting for the longest rollouts
	StalledSync                     // RL: weight sync, phase switch
	StalledReward                   // RL: waiting for rewards
	StalledTools                    // RL: all samples wait for tools
	StalledStaleness                // RL: rollout engines wait for a newer policy
	StalledSamples                  // RL: the trainer waits for samples
	StalledFault                    // a worker has failed, nobody has noticed yet
	Checkpoint                      // writing or loading a checkpoint
	Lost                            // work that a failure or preemption undid
	NumAccounts      = iota
)

var accountNames = [NumAccounts]string{
	"absent", "down", "idle.no_demand", "idle.fragmented", "idle.reserved", "starting",
	"compute.prefill", "compute.decode", "compute.rollout", "compute.train", "compute.logprob", "compute.batch",
	"stalled.empty", "stalled.host", "stalled.comm", "stalled.bubble", "stalled.tail", "stalled.sync",
	"stalled.reward", "stalled.tools", "stalled.staleness", "stalled.samples", "stalled.fault",
	"checkpoint", "lost",
}

// String returns the account's name in results, such as "compute.decode".
func (a Account) String() string { return accountNames[a] }

// ParseAccount returns the account of that name. The error names the nearest.
func ParseAccount(name string) (Account, error) {
	if i := slices.Index(accountNames[:], name); i >= 0 {
		return Account(i), nil
	}
	return 0, fmt.Errorf("unknown account %q.%s (accounts: %s)", name, suggest.Hint(name, accountNames[:]), strings.Join(accountNames[:], ", "))
}

// Idle reports whether no gang holds the GPU.
func (a Account) Idle() bool { return a >= IdleNoDemand && a <= IdleReserved }

// Allocated reports whether a gang holds the GPU.
func (a Account) Allocated() bool { return a >= Starting }

// Busy reports whether the GPU computes.
func (a Account) Busy() bool { return a >= Prefill && a <= Batch }

// Class is the kind of workload that holds a GPU.
type Class uint8

// The workload classes.
const (
	Nobody     Class = iota // idle and down GPUs
	Inference               // serving deployments
	RL                      // RL post-training
	Training                // pre-training
	Jobs                    // trace and synthetic jobs known by their duration
	NumClasses = iota
)

var classNames = [NumClasses]string{"none", "inference", "rl", "training", "jobs"}

// String returns the class's name in results.
func (c Class) String() string { return classNames[c] }

// Key is one column of the ledger: an account within a class.
type Key struct {
	Class   Class
	Account Account
}

const numKeys = int(NumClasses) * int(NumAccounts)

func (k Key) index() int { return int(k.Class)*int(NumAccounts) + int(k.Account) }

func keyAt(i int) Key {
	return Key{Class(i / int(NumAccounts)), Account(i % int(NumAccounts))}
}

// Keys returns all columns in their fixed order, by class, then account.
func Keys() []Key {
	keys := make([]Key, numKeys)
	for i := range keys {
		keys[i] = keyAt(i)
	}
	return keys
}
