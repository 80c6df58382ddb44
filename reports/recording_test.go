package reports

import (
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

func TestRecordingIsBoundedAndKeepsLandmarks(t *testing.T) {
	const limit = 400
	full, thin := stageSplit(0), stageSplit(limit)
	if n := len(thin.events); n > limit {
		t.Fatalf("%d events kept, limit %d", n, limit)
	}
	if thin.forgotten+len(thin.events) != len(full.events) {
		t.Errorf("%d forgotten and %d kept of %d", thin.forgotten, len(thin.events), len(full.events))
	}
	isLandmark := func(e *event) bool {
		return landmarks.Has(e.kind) || e.kind == trace.Commit && e.flags&leading != 0
	}
	for i := range full.events {
		e := &full.events[i]
		if kept := thin.find(e.seq) != nil; !kept && (isLandmark(e) || e.seq >= thin.since) {
			t.Errorf("event %d (%v) is gone; all from %d on should be there", e.seq, e.kind, thin.since)
		}
	}
	a, b := overview(full), overview(thin)
	a.arrows, b.arrows, a.heartbeats, b.heartbeats = nil, nil, 0, 0
	if elements(a) != elements(b) {
		t.Errorf("the picture changed:\n%s\nwas\n%s", elements(b), elements(a))
	}
}

func TestReportsSayWhatWasNotRecorded(t *testing.T) {
	r := stageSplit(400)
	want := "of the events before " + Grouped(r.since) + " only role changes"
	if report := failure(t, r, findingAt(lastCommit(r)), ""); !strings.Contains(report, want) {
		t.Errorf("no %q in\n%s", want, report)
	}
	said := false
	for _, b := range textBoxes(Timeline(r)) {
		said = said || strings.Contains(b.text, "messages before event "+Grouped(r.since)+" not recorded")
	}
	if !said {
		t.Error("the picture does not say it")
	}
}

// Landmarks alone must not make a Recording grow either.
func TestRecordingOfLandmarksOnlyIsBounded(t *testing.T) {
	rec := NewRecording(stagedHeader("zab"), 100)
	for seq := range uint64(10_000) {
		rec.Observe(&trace.Event{Seq: seq + 1, Kind: trace.Crash, Server: 1})
	}
	if n := len(rec.events); n > 100 || rec.find(10_000) == nil {
		t.Errorf("%d events, the last one kept: %v", n, rec.find(10_000) != nil)
	}
}

func TestCausesAreFound(t *testing.T) {
	r := stageSplit(0)
	for i := range r.events {
		e := &r.events[i]
		if e.kind == trace.Deliver {
			if c := r.cause(e); c == nil || c.kind != trace.Send || c.peer != e.server || c.server != e.peer {
				t.Fatalf("event %d: a delivery caused by %+v", e.seq, c)
			}
		}
	}
}

// BenchmarkRecording measures the time of an event, and the memory of a full
// Recording besides what the simulator's messages take.
func BenchmarkRecording(b *testing.B) {
	rec := NewRecording(stagedHeader("zab"), 0)
	events := []trace.Event{
		{Kind: trace.Send, Server: 3, Peer: 1, Msg: said("PROPOSAL 1.3")},
		{Kind: trace.Deliver, Server: 1, Peer: 3, Msg: said("PROPOSAL 1.3")},
		{Kind: trace.Append, Server: 1, Record: record("txn 1.3")},
		{Kind: trace.Durable, Server: 1},
		{Kind: trace.Expire, Server: 1, Timer: nodes.Timer{Name: 1}},
	}
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var seq uint64
	for b.Loop() {
		e := &events[seq%uint64(len(events))]
		seq++
		e.Seq, e.Cause, e.Time = seq, seq-1, time.Duration(seq)
		rec.Observe(e)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/float64(len(rec.events)), "B/kept")
	b.ReportMetric(float64(len(rec.events)), "kept")
	runtime.KeepAlive(rec)
}

func BenchmarkTimeline(b *testing.B) {
	run := stageSplit(0)
	for b.Loop() {
		if _, err := Timeline(run).Write(io.Discard, "png"); err != nil {
			b.Fatal(err)
		}
	}
}
