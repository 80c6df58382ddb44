// Package rundir makes run directories: all there is to see of one run, and all
// that is needed to do it again.
//
//	run.json        what the run was, and what came of it: a [Record]
//	scenario.yaml   as it was loaded, defaults filled in
//	schedule.txt    what was done, action by action
//	choices.txt     what was chosen, if that does not follow from the seed
//	trace.jsonl     what happened, event by event
//	timeline.png    the run as a picture, and timeline.svg
//	violation.png   the last events before a violation
//	witness.png     those of a witness, before what it shows
//	history.html    what the clients saw, if linearizability was violated
//
// A directory appears complete or not at all, and takes the place of one that an
// earlier run of the same name left.
package rundir

// The files that are read again. A directory that has RecordFile is a run
// directory.
const (
	RecordFile   = "run.json"
	ScenarioFile = "scenario.yaml"
	ScheduleFile = "schedule.txt"
	ChoicesFile  = "choices.txt"
)

// SweepFile says what a sweep came to. A directory that has it is that of a
// sweep, and has its plots besides: sweep.png and sweep.svg.
const SweepFile = "sweep.json"
