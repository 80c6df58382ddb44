package zkdata

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zabsim/zabsim/nodes/zab"
)

// readLog returns the records of a log file and what was wrong with it.
func readLog(data []byte) (records []Record, problem *Problem) {
	for r, err := range Log(fstest.MapFS{"log.1": {Data: data}}, "log.1") {
		if err != nil {
			errors.As(err, &problem)
			return records, problem
		}
		records = append(records, r)
	}
	return records, nil
}

func TestTransactions(t *testing.T) {
	z := zab.MakeZxid(3, 1)
	part := func(w *juteWriter) []byte { return w.b }
	for _, c := range []struct {
		payload *juteWriter
		want    string
	}{
		{payload(z, Create).put("/a", "x", int32(1), int32(31), "world", "anyone", true, int32(4)), "3.1 create /a=x ephemeral"},
		{payload(z, Create2).put("/a", "", int32(-1), false, int32(4)), "3.1 create /a"},
		{payload(z, Create).put("/old", "x", int32(0), false), "3.1 create /old=x"},
		{payload(z, CreateTTL).put("/a", "x", int32(0), int32(4), int64(1500)), "3.1 createTTL /a=x ttl 1.5s"},
		{payload(z, CreateContainer).put("/a", "x", int32(0), int32(4)), "3.1 createContainer /a=x"},
		{payload(z, Delete).put("/a"), "3.1 delete /a"},
		{payload(z, DeleteContainer).put("/a"), "3.1 deleteContainer /a"},
		{payload(z, SetData).put("/a", "two words", int32(5)), `3.1 setData /a="two words" v5`},
		{payload(z, SetData).put("/a", "\x00\xff", int32(5), int32(2), int64(8)), `3.1 setData /a="\x00\xff" v5`},
		{payload(z, SetACL).put("/a").acl().put(int32(6)), "3.1 setACL /a v6"},
		{payload(z, Reconfig).put("/zookeeper/config", "server.1", int32(-1)), "3.1 reconfig /zookeeper/config=server.1 v-1"},
		{payload(z, Error).put(int32(-103)), "3.1 error BADVERSION"},
		{payload(z, Error).put(int32(-9999)), "3.1 error -9999"},
		{payload(z, CreateSession).put(int32(4000)), "3.1 createSession 4s"},
		{payload(z, CloseSession), "3.1 closeSession"},
		{payload(z, CloseSession).put(int32(2), "/e1", "/e2"), "3.1 closeSession -/e1 -/e2"},
		{
			payload(z, Multi).put(int32(3), Check, part(new(juteWriter).put("/a", int32(1))),
				Delete, part(new(juteWriter).put("/a")), Error, part(new(juteWriter).put(int32(-101)))),
			"3.1 multi { check /a v1; delete /a; error NONODE }",
		},
	} {
		records, problem := readLog(logOf(0, c.payload))
		if problem != nil || len(records) != 1 {
			t.Errorf("%s: %d records, %v", c.want, len(records), problem)
			continue
		}
		if got := records[0].String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		if r := records[0]; r.Session != 0x1234 || r.Cxid != 7 || r.Time.UnixMilli() != 1_600_000_000_000 || r.Offset != 16 {
			t.Errorf("%s: %+v", c.want, r)
		}
	}
}

// TestContentIgnoresDigest: two servers may disagree on whether they keep
// digests, not on the transaction.
func TestContentIgnoresDigest(t *testing.T) {
	content := func(p *juteWriter) Record {
		records, problem := readLog(logOf(0, p))
		if problem != nil {
			t.Fatal(problem)
		}
		return records[0]
	}
	z := zab.MakeZxid(1, 1)
	plain := content(payload(z, Delete).put("/a"))
	digested := content(payload(z, Delete).put("/a", int32(2), int64(5)))
	other := content(payload(z, Delete).put("/b"))
	if plain.Content != digested.Content || plain.Content == other.Content {
		t.Errorf("contents %x, %x, %x", plain.Content, digested.Content, other.Content)
	}
	if plain.HasDigest || !digested.HasDigest || digested.Digest != 5 {
		t.Errorf("digests %+v, %+v", plain, digested)
	}
}

func TestDamagedLogs(t *testing.T) {
	one := payload(zab.MakeZxid(1, 1), SetData).put("/a", "x", int32(1))
	whole := logOf(0, one)
	with := func(at int, b ...byte) []byte {
		changed := append([]byte(nil), whole...)
		copy(changed[at:], b)
		return changed
	}
	end := len(whole)
	for _, c := range []struct {
		name   string
		data   []byte
		offset int64
		fatal  bool
		what   string
	}{
		{"empty", nil, 0, true, "the file is empty"},
		{"header cut", whole[:10], 8, true, "ends within its header"},
		{"wrong magic", with(0, 'E', 'L', 'F', '!'), 0, true, `begins with "ELF!", not with "ZKLG"`},
		{"a snapshot", snapshotOf(), 0, true, `begins with "ZKSN"`},
		{"three bytes", whole[:3], 0, true, "ends within its header"},
		{"wrong version", with(4, 0, 0, 0, 3), 4, true, "version 3 of the format"},
		{"wrong checksum", with(16, 1), 16, true, "the checksum of the record is 0x1"},
		{"flipped data", with(end-10, 0xaa), 16, true, "the checksum of the record"},
		{"negative length", with(24, 0xff, 0, 0, 0), 24, true, "is no length"},
		{"length beyond the end", with(24, 0x7f, 0xff, 0xff, 0xff), 16, false, "breaks off within a record of 2147483647 bytes"},
		{"wrong end mark", with(end-1, 0x43), 16, false, "does not end with 0x42 but with 0x43"},
		{"no end mark", whole[:end-1], 16, false, "breaks off before the end mark"},
		{"checksum without a record", append(whole[:end:end], 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0), int64(end), false, "and yet something follows"},
		{"junk among the zeros", append(append(whole[:end:end], make([]byte, 5000)...), 7), int64(end + 5000), false, "and yet something follows"},
		{"unknown type", logOf(0, payload(1, 99)), 16 + 12 + 28, true, "99 is no type of transaction"},
		{"payload too short", logOf(0, payload(1, SetData).put("/a")), 16 + 12 + 32 + 6, true, "ends in the middle"},
		{"payload too long", logOf(0, payload(1, Delete).put("/a", int32(1))), 16 + 12 + 32 + 6, true, "4 bytes are left over"},
		{"multi in multi", logOf(0, payload(1, Multi).put(int32(1), Multi, "\x00\x00\x00\x00")), 16 + 12 + 32 + 4, true, "a multi within a multi"},
		{"part too short", logOf(0, payload(1, Multi).put(int32(1), Delete, "\x00\x00\x00\x09x")), 16 + 12 + 32 + 12, true, "9 bytes are to follow, but only 1 do"},
		{"negative timeout", logOf(0, payload(1, CreateSession).put(int32(-1))), 16 + 12 + 32 + 4, true, "-1 ms is no time"},
	} {
		_, p := readLog(c.data)
		if p == nil || p.Offset != c.offset || p.Fatal != c.fatal || !strings.Contains(p.What, c.what) {
			t.Errorf("%s: %+v; want %q at byte %d, fatal: %t", c.name, p, c.what, c.offset, c.fatal)
		}
	}
}

// TestLogCutAnywhere: whatever is cut off, the records before it are read, and
// a log that does not end with a record is said to break off.
func TestLogCutAnywhere(t *testing.T) {
	whole := sets("x", span(1, 1, 4)...)
	whole = whole[:len(whole)-100]
	all, problem := readLog(whole)
	if problem != nil || len(all) != 4 {
		t.Fatal(len(all), problem)
	}
	for cut := range whole {
		records, problem := readLog(whole[:cut])
		wholeRecords := 0
		for wholeRecords+1 < len(all) && all[wholeRecords+1].Offset <= int64(cut) {
			wholeRecords++
		}
		boundary := cut == int(all[wholeRecords].Offset)
		switch {
		case cut < 16:
			if problem == nil || !problem.Fatal {
				t.Errorf("cut at %d, within the header: %v", cut, problem)
			}
		case len(records) != wholeRecords:
			t.Errorf("cut at %d: %d records, want %d", cut, len(records), wholeRecords)
		case boundary != (problem == nil):
			t.Errorf("cut at %d: %v", cut, problem)
		case !boundary && (problem.Fatal || problem.Offset != all[wholeRecords].Offset):
			t.Errorf("cut at %d: %+v, want it at byte %d", cut, problem, all[wholeRecords].Offset)
		}
	}
}

// TestLogFlippedAnywhere: no flipped bit goes unnoticed, but for those of the
// database's id, which nothing depends on.
func TestLogFlippedAnywhere(t *testing.T) {
	whole := sets("x", span(1, 1, 3)...)
	for at := range whole {
		for bit := range 8 {
			flipped := append([]byte(nil), whole...)
			flipped[at] ^= 1 << bit
			records, problem := readLog(flipped)
			inID := at >= 8 && at < 16
			if inID != (problem == nil) {
				t.Errorf("byte %d, bit %d: %d records, %v", at, bit, len(records), problem)
			}
		}
	}
}

// TestLiesAboutLengthsAreFree: a length of 2 GB in a file of 60 bytes costs no
// memory.
func TestLiesAboutLengthsAreFree(t *testing.T) {
	long := logOf(0, payload(1, SetData).put("/a", "x", int32(1)))
	copy(long[24:], "\x7f\xff\xff\xff")
	snapshot := snapshotOf()
	copy(snapshot[16:], "\x7f\xff\xff\xff")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = readLog(long)
	_, _ = readSnapshot(snapshot)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
		t.Errorf("%d bytes allocated", used)
	}
}
