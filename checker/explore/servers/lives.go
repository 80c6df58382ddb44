package servers

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/zabsim/zabsim/checker/explore"
)

// A part itself, a node with its disk or a panel of monitors, takes kilobytes, and is
// wanted only to execute something that nobody has executed before. So only those are
// kept that were wanted lately. Of each other one there is a recipe: what made it first,
// and of which parts. It is followed when the part is wanted again, and for these parts
// as well if they are gone. What comes of it must have the hash that it had the first
// time: that is one more audit of nodes and monitors.

// lives keeps parts that were wanted lately. All forks of a World share it.
type lives struct {
	parts    cache // of worlds, for sim.World.SetPart
	sittings cache
	initial  map[uint32]any // which nothing has made
	made     atomic.Uint64  // how many were made again

	mu   sync.Mutex
	idle []*World // to make parts in
}

func newLives() lives {
	return lives{parts: make(cache, partsKept), sittings: make(cache, sittingsKept), initial: make(map[uint32]any)}
}

// cache keeps one part in each of its places, of which there are a power of two.
type cache []atomic.Pointer[life]

// How many are kept. To make a server or a link again takes longer than to have a panel
// hear something again.
const (
	partsKept    = 1 << 13
	sittingsKept = 1 << 11
)

// life is a part itself. It never changes.
type life struct {
	id     uint32
	itself any
}

// lifeBytes is about what that takes (measured: nodes of ZAB with their disks, links,
// and monitors).
const lifeBytes = 2500

func (c cache) place(id uint32) *atomic.Pointer[life] {
	return &c[uint64(id*0x9e3779b1)*uint64(len(c))>>32]
}

// bytes returns about how much memory it takes.
func (c cache) bytes() uint64 {
	n := uint64(len(c)) * uint64(unsafe.Sizeof(c[0]))
	for i := range c {
		if c[i].Load() != nil {
			n += lifeBytes
		}
	}
	return n
}

// live returns a part itself. What is made again for it is noted: two recipes may need
// the same part, and so may those of what they need, and so on.
func (sh *shared) live(id uint32, noted map[uint32]any) any {
	if itself, kept := sh.kept(id); kept {
		return itself
	}
	if itself, again := noted[id]; again {
		return itself
	}
	if noted == nil {
		noted = make(map[uint32]any)
	}
	itself := sh.make(id, noted)
	noted[id] = itself
	sh.keep(id, itself)
	return itself
}

// live returns a part itself.
func (w *World) live(id uint32) any { return w.shared.live(id, w.noted) }

// kept returns a part itself if it is at hand.
func (sh *shared) kept(id uint32) (itself any, kept bool) {
	if it := sh.cacheOf(id).place(id).Load(); it != nil && it.id == id {
		return it.itself, true
	}
	itself, kept = sh.lives.initial[id]
	return itself, kept
}

func (sh *shared) keep(id uint32, itself any) { sh.cacheOf(id).place(id).Store(&life{id, itself}) }

func (sh *shared) cacheOf(id uint32) cache {
	if int(sh.table.at(id).slot) == sh.judge {
		return sh.lives.sittings
	}
	return sh.lives.parts
}

// The kinds of recipes. Behind each stands a number, and of what parts it makes one.
const (
	byExcerpt uint32 = iota // a panel was shown an excerpt: what it remembered
	byEdit                  // an edit was applied: the link
	byEvent                 // an event happened, with links in outline: the parts that it may change
	byEventInFull
)

// make follows the recipe of a part.
func (sh *shared) make(id uint32, noted map[uint32]any) (itself any) {
	sh.lives.made.Add(1)
	var hash [2]uint64
	if recipe := sh.recipe(id); recipe[0] == byExcerpt {
		s := sh.hearAgain(id)
		itself, hash = s, hashOf(s.appendTo(nil))
	} else {
		itself, hash = sh.redo(id, recipe, noted)
	}
	if hash != sh.table.hash(id) {
		sh.complain(fmt.Errorf("explore: a part of a state came out differently when it was made again: %w", explore.ErrHidden))
	}
	return itself
}

func (sh *shared) recipe(id uint32) []uint32 { return sh.lists.at(sh.table.at(id).recipe) }

// hearAgain has a panel hear all that it has heard since something that is at hand.
func (sh *shared) hearAgain(id uint32) *sitting {
	var excerpts []uint32
	for {
		recipe := sh.recipe(id)
		excerpts, id = append(excerpts, recipe[1]), recipe[2]
		if before, kept := sh.kept(id); kept {
			s := before.(*sitting).clone()
			for _, excerpt := range slices.Backward(excerpts) {
				s.hear(*sh.excerpts.at(excerpt))
			}
			return s
		}
	}
}

// redo makes a part of a world as its recipe says.
func (sh *shared) redo(id uint32, recipe []uint32, noted map[uint32]any) (itself any, hash [2]uint64) {
	w := sh.maker()
	defer sh.giveBack(w)
	w.noted = noted
	slot := int(sh.table.at(id).slot)
	if recipe[0] == byEdit {
		w.edit(slot, recipe[2], recipe[1])
	} else {
		e := *sh.happenings.at(recipe[1])
		var s State
		for i, slot := range sh.around[e.place] {
			s.ids[slot] = recipe[2+i]
		}
		w.stage(&s, e, manner(recipe[0]-byEvent))
		w.perform(e)
	}
	w.encode(slot)
	return w.scratch.Part(sh.parts[slot]), hashOf(w.enc)
}

// maker returns a fork that nobody uses, with nothing in its scratch world. A recipe may
// need another one followed first, so there may be several.
func (sh *shared) maker() *World {
	l := &sh.lives
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.idle)
	if n == 0 {
		return sh.fork()
	}
	w := l.idle[n-1]
	l.idle = l.idle[:n-1]
	return w
}

func (sh *shared) giveBack(w *World) {
	clear(w.loaded[:])
	w.noted, w.seen.events = nil, w.seen.events[:0]
	sh.lives.mu.Lock()
	defer sh.lives.mu.Unlock()
	sh.lives.idle = append(sh.lives.idle, w)
}
