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
	number, _ := sh.outlines.intern(enc, func() struct{} { return struct{}{} })
	return number
}

// edited returns the number of what an edit makes of a link.
func (w *World) edited(slot int, id, number uint32) uint32 {
	sh := w.shared
	if made, known := sh.edited.get(pair(number, id)); known {
		return uint32(made)
	}
	w.edit(slot, id, number)
	made := w.internPart(slot, []uint32{byEdit, number, id})
	return uint32(sh.edited.put(pair(number, id), uint64(made)))
}

// edit puts into the scratch world what an edit makes of a link.
func (w *World) edit(slot int, id, number uint32) {
	by := w.shared.edits.at(number)
	touched := func(ch nodes.Channel) bool { return by.touched>>ch&1 == 1 }
	w.scratch.SetPart(w.shared.parts[slot], sim.Fill(by.outline, w.live(id), touched))
}

// internPart returns the number of a part of the scratch world, which a recipe has made.
func (w *World) internPart(slot int, recipe []uint32) uint32 {
	sh := w.shared
	w.encode(slot)
	id, fresh := sh.table.intern(w.enc, func() part {
		v := sh.partOf(w.scratch, slot)
		v.recipe = sh.lists.add(recipe)
		return v
	})
	if fresh {
		sh.keep(id, w.scratch.Part(sh.parts[slot]))
	}
	w.loaded[slot] = id
	return id
}

// encode encodes a part of the scratch world, in its canonical form.
func (w *World) encode(slot int) {
	p := w.shared.parts[slot]
	w.scratch.Canonize(p, w.shared.canon.parts)
	w.enc = w.scratch.AppendPart(append(w.enc[:0], byte(slot)), p, &w.encoder)
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
func (w *World) compareOutline(slot int) {
	p := w.shared.parts[slot]
	w.enc = w.appendOutline(w.enc[:0], p, ^uint32(0))
	if bytes.Equal(w.enc, w.before[slot]) {
		return
	}
	touched := uint32(0)
	for ch := range w.shared.config.Protocol.Channels {
		if w.scratch.ReadOn(p, nodes.Channel(ch), p.Server) {
			touched |= 1 << ch
		}
	}
	w.enc = w.appendOutline(w.enc[:0], p, touched)
	number, _ := w.shared.edits.intern(w.enc, func() edit { return edit{w.scratch.Part(p), touched} })
	w.found.edits = append(w.found.edits, changeOf(slot, number))
}
