package rundir

import (
	"slices"
	"strings"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/reports"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim/trace"
)

// Recorder is an observer that keeps what reports are made from.
type Recorder struct {
	*reports.Recording
	times []time.Duration // of the events, by number
}

// NewRecorder returns a recorder of a run that has yet to begin.
func NewRecorder(h *trace.Header) *Recorder {
	return &Recorder{Recording: reports.NewRecording(h, 0)}
}

// Observe implements [trace.Observer].
func (r *Recorder) Observe(e *trace.Event) {
	r.times = append(r.times, e.Time)
	r.Recording.Observe(e)
}

// Report returns what reports tell of the run, once it is over.
func (r *Recorder) Report(result *scenarios.Result, untimed bool) *reports.Run {
	return &reports.Run{
		Recording: r.Recording, Duration: result.Time, Events: result.Events, Hash: result.Hash,
		Version: ThisBuild().Version, Findings: r.findings(result), Untimed: untimed,
	}
}

// findings returns what reports are to tell: violations first, the expected
// one before all, then what was inconclusive. The first one, which is told in
// full, mentions the others. Of a witness it is what that shows.
func (r *Recorder) findings(result *scenarios.Result) []reports.Finding {
	if shown := result.Shown; shown != nil {
		seq := shown.Evidence[0]
		return []reports.Finding{{Violation: shown, Shown: true, Seq: seq, Time: r.at(seq)}}
	}
	all := slices.Concat(result.Violations, result.Inconclusive)
	if i := slices.IndexFunc(all, func(v checker.Violation) bool { return v.Property == result.Expected }); i > 0 {
		expected := all[i]
		all = slices.Insert(slices.Delete(all, i, i+1), 0, expected)
	}
	if len(all) > 1 {
		others := make([]string, len(all)-1)
		for i, v := range all[1:] {
			others[i] = v.Property
		}
		all[0].Details = append(slices.Clip(all[0].Details), "also: "+strings.Join(others, ", "))
	}
	made := make([]reports.Finding, len(all))
	for i := range all {
		seq := uint64(len(r.times))
		if e := all[i].Evidence; len(e) > 0 {
			seq = slices.Max(e)
		}
		made[i] = reports.Finding{Violation: &all[i], Seq: seq, Time: r.at(seq)}
	}
	return made
}

// at returns when an event was.
func (r *Recorder) at(seq uint64) time.Duration {
	if seq == 0 || seq > uint64(len(r.times)) {
		return 0
	}
	return r.times[seq-1]
}
