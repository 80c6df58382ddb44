package zkdata

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes/zab"
)

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// snapped packs data as Java does, in blocks of a few bytes.
func snapped(data []byte) []byte {
	packed := append([]byte(snappyMagic), 0, 0, 0, 1, 0, 0, 0, 1)
	const size = 100
	for ; len(data) > 0; data = data[min(size, len(data)):] {
		block := data[:min(size, len(data))]
		b := binary.AppendUvarint(nil, uint64(len(block)))
		b = append(b, 60<<2, byte(len(block)-1))
		b = append(b, block...)
		packed = binary.BigEndian.AppendUint32(packed, uint32(len(b)))
		packed = append(packed, b...)
	}
	return packed
}

// readPacked reads a snapshot from a file of that suffix.
func readPacked(suffix string, data []byte) (s Summary, problem *Problem) {
	name := "snapshot.1." + suffix
	s, err := ReadSnapshot(fstest.MapFS{name: {Data: data}}, name, func(Znode) {})
	errors.As(err, &problem)
	return s, problem
}

// TestPackedSnapshots: what is packed reads like what is not.
func TestPackedSnapshots(t *testing.T) {
	want, _ := readSnapshot(snapshotOf())
	for suffix, data := range map[string][]byte{"gz": gzipped(snapshotOf()), "snappy": snapped(snapshotOf())} {
		if got, problem := readPacked(suffix, data); problem != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", suffix, got, problem, want)
		}
		for cut := range data {
			_, p := readPacked(suffix, data[:cut])
			if p == nil {
				part := unpackedPart(suffix, data[:cut])
				if !bytes.Equal(part, snapshotOf()) && !bytes.Equal(part, snapshotHead().b) { // that is how an older version ends
					t.Errorf("%s, cut at %d: taken for whole", suffix, cut)
				}
			} else if p.Fatal || !p.Torn {
				t.Errorf("%s, cut at %d: %+v", suffix, cut, p)
			}
		}
	}
	files := serverFiles(1, 1, 1, nil, sets("x", span(1, 1, 2)...))
	files["version-2/snapshot.0.gz"] = &fstest.MapFile{Data: gzipped(snapshotOf())}
	s, err := ReadServer(files, nil)
	if err != nil || len(s.Problems) > 0 {
		t.Fatal(err, s.Problems)
	}
	if survivor, err := s.Recover(0b10, zab.DefaultOptions()); err != nil || survivor.Last() != zab.MakeZxid(1, 2) {
		t.Errorf("%v, %v", survivor, err)
	}
}

// unpackedPart returns what can be unpacked.
func unpackedPart(suffix string, data []byte) []byte {
	var r io.Reader
	var err error
	if suffix == "gz" {
		r, err = gzip.NewReader(bytes.NewReader(data))
	} else {
		r, err = newSnappyReader(bytes.NewReader(data))
	}
	if err != nil {
		return nil
	}
	part, _ := io.ReadAll(r)
	return part
}

func TestDamagedPackedSnapshots(t *testing.T) {
	bomb := &juteWriter{[]byte("ZKSN")}
	bomb.put(int32(2), int64(-1), int32(0), int32(0)).znode("", strings.Repeat("x", 1<<20), 0)
	for _, c := range []struct{ name, suffix, data, want string }{
		{"plain", "gz", string(snapshotOf()), "snapshot.1.gz, byte 0 unpacked: this is not packed with gzip"},
		{"plain", "snappy", string(snapshotOf()), "snapshot.1.snappy, byte 0 unpacked: this is not packed with Snappy"},
		{"gzip", "snappy", string(gzipped(snapshotOf())), "snapshot.1.snappy, byte 0 unpacked: this is not packed with Snappy"},
		{"a log", "gz", string(gzipped(sets("x", 1))), `snapshot.1.gz, byte 0 unpacked: this is no snapshot of ZooKeeper: it begins with "ZKLG", not with "ZKSN"`},
		{"a bomb", "gz", string(gzipped(bomb.b)), "snapshot.1.gz, byte 28 unpacked: it unpacks to more than 250 times its size"},
		{"a long block", "snappy", snappyMagic + "\x00\x00\x00\x01\x00\x00\x00\x01\xff\xff\xff\xff", "snapshot.1.snappy, byte 0 unpacked: 4294967295 bytes are no length of a block"},
		{"no block", "snappy", snappyMagic + "\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x02\x05\x01", "snapshot.1.snappy, byte 0 unpacked: a block is not in Snappy's format"},
	} {
		if _, p := readPacked(c.suffix, []byte(c.data)); p == nil || !p.Fatal || p.Error() != c.want {
			t.Errorf("%s as %s: %v; want %s", c.name, c.suffix, p, c.want)
		}
	}
}

// TestUnsnap unpacks blocks of literals and copies of every form.
func TestUnsnap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want, pieces []byte
		for range rapid.IntRange(0, 20).Draw(t, "pieces") {
			offset := 0
			if len(want) > 0 {
				offset = rapid.IntRange(0, len(want)).Draw(t, "offset")
			}
			if offset == 0 {
				literal := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "literal")
				pieces = append(appendLiteralTag(pieces, len(literal)), literal...)
				want = append(want, literal...)
				continue
			}
			size := rapid.IntRange(1, 64).Draw(t, "size")
			pieces = appendCopy(pieces, size, offset, rapid.IntRange(1, 3).Draw(t, "form"))
			for range size {
				want = append(want, want[len(want)-offset])
			}
		}
		got, err := unsnap(append(binary.AppendUvarint(nil, uint64(len(want))), pieces...))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%x, %v; want %x", got, err, want)
		}
		if got, err := unsnap(append(binary.AppendUvarint(nil, uint64(len(want)+1)), pieces...)); err == nil {
			t.Fatalf("%x is one too short", got)
		}
	})
}

func appendLiteralTag(b []byte, n int) []byte {
	switch n--; {
	case n < 60:
		return append(b, byte(n)<<2)
	case n < 1<<8:
		return append(b, 60<<2, byte(n))
	default:
		return append(b, 61<<2, byte(n), byte(n>>8))
	}
}

func appendCopy(b []byte, size, offset, form int) []byte {
	switch {
	case form == 1 && size >= 4 && size < 12 && offset < 1<<11:
		return append(b, 1|byte(size-4)<<2|byte(offset>>8)<<5, byte(offset))
	case form <= 2 && offset < 1<<16:
		return append(b, 2|byte(size-1)<<2, byte(offset), byte(offset>>8))
	default:
		return append(b, 3|byte(size-1)<<2, byte(offset), byte(offset>>8), byte(offset>>16), byte(offset>>24))
	}
}
