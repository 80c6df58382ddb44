// Package reports turns a finished run into what people look at: a line when
// it went well, a story of causes when it did not, and two pictures.
//
//	rec := reports.NewRecording(header, 0)     // a trace.Observer: let it watch the run
//	run := &reports.Run{Recording: rec, ...}   // what the run's end adds
//	reports.Success(w, run, took)              // one line
//	reports.Failure(w, run, &run.Findings[0])  // what broke, why, how to see it again
//	reports.Timeline(run).Write(w, "png")      // the whole run, to scale
//	reports.Sweeps(sweep).Write(w, "png")      // one setting at several values
//	reports.Closeup(run, f).Write(w, "svg")    // the last events before a violation, one by one
//
// The pictures' bytes depend on the run alone: no clock, no random names, no
// order of a map. Every meaning in them is carried twice, by colour and by
// shape or label.
//
// What is not here: reports do not judge (package checker does) and do not run
// anything.
package reports
