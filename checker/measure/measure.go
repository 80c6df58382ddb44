// Package measure takes figures from executions: how long there was no leader,
// how long a commit took, how far observers lag. A [Run] is a trace.Observer that
// takes the samples of one execution; a [Sample] holds those of many:
//
//	run := measure.NewRun(header)
//	world := sim.New(config, seed, run)
//	sim.Run(world, 30*time.Second, nil)
//	sample.Add(run, world.Now())
//
// and each of the [All] measures makes one figure of it. Times are virtual. A
// measure judges nothing, and what an execution does depends on none.
package measure

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// Measure makes one figure of the samples of some runs.
type Measure struct {
	Name string // "commit-p99"
	Doc  string // what it is, in a sentence or two
	// Time says that the figure is a time in seconds; otherwise it is a number.
	Time bool
	// Of returns the figure; ok is false if there was nothing to measure.
	Of func(*Sample) (figure float64, ok bool)
}

// All are the measures that there are.
var All = []Measure{
	{
		"unserved", "Time a run without an established leader, or with none that is not paused, from when there first is one to the end.", true,
		perRun(func(s *Sample) float64 { return s.unserved.Seconds() }),
	},
	{
		"detection", "Time from when an established leader dies, is paused or is cut off until the first server leaves it, on average.", true,
		func(s *Sample) (float64, bool) { return mean(s.detections) },
	},
	{
		"failover", "Time from when an established leader dies, is paused or is cut off until the next one is established, on average.", true,
		func(s *Sample) (float64, bool) { return mean(s.failovers) },
	},
	{
		"elections", "How often a run has a leader established.", false,
		perRun(func(s *Sample) float64 { return float64(s.elections) }),
	},
	{
		"false-elections", "How often a run has an established leader given up that was neither dead, nor paused, nor cut off.", false,
		perRun(func(s *Sample) float64 { return float64(s.falseElections) }),
	},
	{
		"commit-p50", "Time from when a transaction is first written to a log until it is first delivered; half of them take no longer.", true,
		func(s *Sample) (float64, bool) { return quantile(s.commits, 0.5) },
	},
	{
		"commit-p99", "The same; 99 of 100 take no longer.", true,
		func(s *Sample) (float64, bool) { return quantile(s.commits, 0.99) },
	},
	{
		"answer-p50", "Time from when a client asks until it is answered; half of the operations take no longer.", true,
		func(s *Sample) (float64, bool) { return quantile(s.answers, 0.5) },
	},
	{
		"answer-p99", "The same; 99 of 100 take no longer.", true,
		func(s *Sample) (float64, bool) { return quantile(s.answers, 0.99) },
	},
	{
		"committed", "How many transactions a run has in the longest history that a server delivered.", false,
		perRun(func(s *Sample) float64 { return float64(s.committed) }),
	},
	{
		"refused", "How many operations a run has that no server would take.", false,
		perRun(func(s *Sample) float64 { return float64(s.refused) }),
	},
	{
		"unknown", "How many operations a run has whose client never learns what became of them.", false,
		perRun(func(s *Sample) float64 { return float64(s.unknown) }),
	},
	{
		"observer-lag-p50", "Time from when a transaction is first delivered until an observer delivers it; half of the time it is no longer.", true,
		func(s *Sample) (float64, bool) { return quantile(s.lags, 0.5) },
	},
	{
		"observer-lag-p99", "The same; 99 times of 100 it is no longer.", true,
		func(s *Sample) (float64, bool) { return quantile(s.lags, 0.99) },
	},
	{
		"losses-survived", "How many voters were down when a new transaction was delivered, at most; on average over the runs.", false,
		perRun(func(s *Sample) float64 { return float64(s.survived) }),
	},
}

// ByName returns the measure of that name.
func ByName(name string) (Measure, bool) {
	i := slices.IndexFunc(All, func(m Measure) bool { return m.Name == name })
	if i < 0 {
		return Measure{}, false
	}
	return All[i], true
}

// Format returns a figure as it stands in tables: "1.2s", "3.4ms", "0.15".
func (m Measure) Format(figure float64) string {
	if m.Time {
		d := time.Duration(figure * float64(time.Second))
		switch {
		case d >= 10*time.Second:
			d = d.Round(100 * time.Millisecond)
		case d >= time.Second:
			d = d.Round(10 * time.Millisecond)
		case d >= 10*time.Millisecond:
			d = d.Round(100 * time.Microsecond)
		default:
			d = d.Round(10 * time.Microsecond)
		}
		return d.String()
	}
	if figure >= 100 || figure == math.Trunc(figure) {
		return strconv.FormatFloat(figure, 'f', 0, 64)
	}
	return strconv.FormatFloat(figure, 'g', 3, 64)
}

// Sample is what some runs came to. The zero value is that of none.
type Sample struct {
	Runs int

	unserved                  time.Duration
	detections, failovers     []time.Duration
	elections, falseElections int
	commits, answers, lags    []time.Duration
	committed                 uint64
	refused, unknown          int
	survived                  int
}

// Add takes in a run that ended at a time.
func (s *Sample) Add(r *Run, end time.Duration) {
	r.finish(end)
	t := &r.sample
	s.Runs++
	s.unserved += t.unserved
	s.detections = append(s.detections, t.detections...)
	s.failovers = append(s.failovers, t.failovers...)
	s.elections += t.elections
	s.falseElections += t.falseElections
	s.commits = append(s.commits, t.commits...)
	s.answers = append(s.answers, t.answers...)
	s.lags = append(s.lags, t.lags...)
	s.committed += t.committed
	s.refused += t.refused
	s.unknown += t.unknown
	s.survived += t.survived
}

// perRun makes a measure of a sum over all runs.
func perRun(sum func(*Sample) float64) func(*Sample) (float64, bool) {
	return func(s *Sample) (float64, bool) {
		if s.Runs == 0 {
			return 0, false
		}
		return sum(s) / float64(s.Runs), true
	}
}

func mean(times []time.Duration) (float64, bool) {
	if len(times) == 0 {
		return 0, false
	}
	var sum time.Duration
	for _, t := range times {
		sum += t
	}
	return sum.Seconds() / float64(len(times)), true
}

// quantile returns the smallest time that a share of all does not exceed.
func quantile(times []time.Duration, share float64) (float64, bool) {
	if len(times) == 0 {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(times))
	i := int(math.Ceil(share*float64(len(sorted)))) - 1
	return sorted[max(0, i)].Seconds(), true
}
