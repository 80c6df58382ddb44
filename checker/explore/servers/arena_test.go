package servers

import (
	"slices"
	"sync"
	"testing"
)

// Lists stay what they are while others are added, also where a chunk ends.
func TestListsStay(t *testing.T) {
	const workers, lists = 4, 3_000
	var a arena
	var group sync.WaitGroup
	for w := range uint32(workers) {
		group.Go(func() {
			var places []uint32
			for n := range uint32(lists) {
				places = append(places, a.add(slices.Repeat([]uint32{w, n}, int(n%20))))
			}
			for n, at := range places {
				if want := slices.Repeat([]uint32{w, uint32(n)}, n%20); at == 0 || !slices.Equal(a.at(at), want) {
					t.Errorf("%d holds %v, want %v", at, a.at(at), want)
				}
			}
		})
	}
	group.Wait()
	if least := uint64(4 * workers * lists * (1 + 19)); a.bytes() < least || a.bytes() > least+least/100 || a.bytes() < 4*arenaChunk {
		t.Errorf("%d bytes, want %d", a.bytes(), least)
	}
}

// A search ends with an error before its tables are full.
func TestFullTablesEndSearches(t *testing.T) {
	sh := &shared{table: newTable[part](), edits: newTable[edit]()}
	w := &World{shared: sh}
	if err := w.Err(); err != nil {
		t.Fatal(err)
	}
	for _, fill := range []func(){
		func() { sh.lists.end = mostArenaChunks*arenaChunk - 1 },
		func() { sh.table.things.n = mostChunks*chunkSize - 1 },
	} {
		fill()
		if w.Err() == nil {
			t.Error("a full table goes unnoticed")
		}
		sh.lists.end, sh.table.things.n = 0, 0
	}
}
