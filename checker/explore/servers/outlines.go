package servers

import (
	"bytes"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// Of the links an action is shown outlines only ([sim.World.SetOutline]), and what it
// makes of an outline is an edit. What an edit makes of a link is looked up too: there
// are many more links than outlines, but few that meet the same edit.

// edit is what an action makes of the outline of a link.
type edit struct {
	outline any    // for sim.Fill
	touched uint32 // a bit for each channel on which the action did anything
}

// outline returns the number of the outline of a link on one channel.
func (sh *shared) outline(world *sim.World, p sim.Part, ch nodes.Channel) uint32 {
	enc := world.AppendOutline([]byte{byte(ch)}, p, ch)
	return sh.outlines.intern(enc, func() part { return part{} })
}

// edited returns the number of what an edit makes of a link.
func (w *World) edited(slot int, id, number uint32) uint32 {
	sh := w.shared
	if made, known := sh.edited.get(pair(number, id)); known {
		return uint32(made)
	}
	by := sh.outlines.at(number).live.(*edit)
	w.scratch.SetPart(sh.parts[slot], sim.Fill(by.outline, sh.table.at(id).live, func(ch nodes.Channel) bool { return by.touched>>ch&1 == 1 }))
	return uint32(sh.edited.put(pair(number, id), uint64(w.internPart(slot))))
}

// internPart returns the number of a part of the scratch world.
func (w *World) internPart(slot int) uint32 {
	p := w.shared.parts[slot]
	w.scratch.Canonize(p, w.shared.canon.parts)
	w.enc = w.scratch.AppendPart(append(w.enc[:0], byte(slot)), p, &w.encoder)
	id := w.shared.table.intern(w.enc, func() part { return w.shared.partOf(w.scratch, p) })
	w.loaded[slot] = id
	return id
}

// appendOutline appends what the scratch world has in place of a link on some
// channels, each behind its number.
func (w *World) appendOutline(b []byte, p sim.Part, channels uint32) []byte {
	for ch := range w.shared.config.Protocol.Channels {
		if channels>>ch&1 == 1 {
			b = w.scratch.AppendPartOn(append(b, byte(ch)), p, nodes.Channel(ch))
		}
	}
	return b
}

// compareOutline notes what became of the outline of a link, if anything did.
func (w *World) compareOutline(o *outcome, slot int) {
	p := w.shared.parts[slot]
	w.enc = w.appendOutline(append(w.enc[:0], editTag), p, ^uint32(0))
	if bytes.Equal(w.enc[1:], w.before[slot]) {
		return
	}
	touched := uint32(0)
	for ch := range w.shared.config.Protocol.Channels {
		if w.scratch.ReadOn(p, nodes.Channel(ch), p.Server) {
			touched |= 1 << ch
		}
	}
	w.enc = w.appendOutline(append(w.enc[:0], editTag), p, touched)
	number := w.shared.outlines.intern(w.enc, func() part {
		return part{live: &edit{w.scratch.Part(p), touched}}
	})
	o.edits = append(o.edits, change{slot, number})
}

// editTag begins the encodings of edits; channels begin those of outlines.
const editTag = 0xff
