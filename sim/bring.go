package sim

import (
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/disk"
	"github.com/zabsim/zabsim/sim/trace"
)

// bringDisks gives servers the disks they have from before the run. The trace
// begins with what is on them, as if it were written and made durable now:
// whoever follows a trace need not know that there was something before.
func (w *World) bringDisks() {
	for id := range w.all().All() {
		brought, ok := w.cfg.Disks[id]
		if !ok {
			continue
		}
		files := len(w.cfg.Protocol.Files)
		w.servers[id].disk = disk.Of(brought, files)
		for f := range files {
			w.bring(id, nodes.File(f), brought.Records(nodes.File(f)))
		}
	}
}

func (w *World) bring(id nodes.ID, f nodes.File, records []nodes.Record) {
	for _, r := range records {
		if w.happen(trace.Append, id, 0, uint64(f), uint64(w.digest(r))) {
			e := w.event(trace.Append, id, 0, 0)
			e.File, e.Record, e.Pos = f, r, r.Position()
			w.show(e)
		}
	}
	if len(records) == 0 {
		return
	}
	if w.happen(trace.Durable, id, 0, uint64(f), 0) {
		e := w.event(trace.Durable, id, 0, 0)
		e.File, e.Pos = f, records[len(records)-1].Position()
		w.show(e)
	}
}
