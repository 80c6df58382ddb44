package zkdata

import (
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"testing/fstest"

	"github.com/zabsim/zabsim/nodes/zab"
)

// juteWriter writes what juteReader reads.
type juteWriter struct{ b []byte }

func (w *juteWriter) put(values ...any) *juteWriter {
	for _, v := range values {
		switch v := v.(type) {
		case string:
			w.put(int32(len(v)))
			w.b = append(w.b, v...)
		case []byte:
			w.put(int32(len(v)))
			w.b = append(w.b, v...)
		case bool:
			w.b = append(w.b, map[bool]byte{true: 1}[v])
		case int32:
			w.b = binary.BigEndian.AppendUint32(w.b, uint32(v))
		case int64:
			w.b = binary.BigEndian.AppendUint64(w.b, uint64(v))
		case zab.Zxid:
			w.put(int64(v))
		case Type:
			w.put(int32(v))
		default:
			panic(fmt.Sprintf("%T", v))
		}
	}
	return w
}

// seal writes the checksum of all that came before.
func (w *juteWriter) seal() *juteWriter { return w.put(int64(adler32.Checksum(w.b)), "/") }

// acl is "the world may do all".
func (w *juteWriter) acl() *juteWriter { return w.put(int32(1), int32(31), "world", "anyone") }

// payload begins a transaction.
func payload(z zab.Zxid, t Type) *juteWriter {
	return new(juteWriter).put(int64(0x1234), int32(7), z, int64(1_600_000_000_000), t)
}

// logOf makes a log file of payloads, with some zeros at the end.
func logOf(zeros int, payloads ...*juteWriter) []byte {
	w := &juteWriter{[]byte("ZKLG")}
	w.put(int32(2), int64(0))
	for _, p := range payloads {
		w.put(int64(adler32.Checksum(p.b)), p.b)
		w.b = append(w.b, 0x42)
	}
	return append(w.b, make([]byte, zeros)...)
}

// sets makes a log file of setData transactions; what is the data of all.
func sets(what string, zxids ...zab.Zxid) []byte {
	var payloads []*juteWriter
	for _, z := range zxids {
		payloads = append(payloads, payload(z, SetData).put("/a", what, int32(1), int32(2), int64(99)))
	}
	return logOf(100, payloads...)
}

// span returns the transactions from to to of an epoch.
func span(epoch, from, to uint64) []zab.Zxid {
	var zxids []zab.Zxid
	for c := from; c <= to; c++ {
		zxids = append(zxids, zab.MakeZxid(epoch, c))
	}
	return zxids
}

// znodeOf writes a node with its stat.
func (w *juteWriter) znode(path, data string, owner int64) *juteWriter {
	return w.put(path, data, int64(-1),
		int64(1), int64(2), int64(3), int64(4), int32(5), int32(6), int32(0), owner, int64(7))
}

// snapshotHead writes a snapshot up to its first seal.
func snapshotHead() *juteWriter {
	w := &juteWriter{[]byte("ZKSN")}
	w.put(int32(2), int64(-1), int32(1), int64(0x1234), int32(4000), int32(1), int64(1)).acl()
	w.znode("", "", 0).znode("/a", "x", 0).znode("/a/b", "", 0x1234).znode("/c", "y", 0)
	return w.put("/").seal()
}

// snapshotOf is a whole snapshot, as ZooKeeper 3.6 writes it.
func snapshotOf() []byte { return snapshotHead().put(int64(9), int32(2), int64(77)).seal().b }

// server makes the files of a data directory: logs by their first zxid.
func serverFiles(id int, accepted, current int, snapshots []zab.Zxid, logs ...[]byte) fstest.MapFS {
	files := fstest.MapFS{
		"myid":                    {Data: fmt.Append(nil, id)},
		"version-2/acceptedEpoch": {Data: fmt.Append(nil, accepted)},
		"version-2/currentEpoch":  {Data: fmt.Append(nil, current)},
	}
	for _, z := range snapshots {
		files[fmt.Sprintf("version-2/snapshot.%x", uint64(z))] = &fstest.MapFile{Data: snapshotOf()}
	}
	for _, l := range logs {
		first := binary.BigEndian.Uint64(l[16+12+12:])
		files[fmt.Sprintf("version-2/log.%x", first)] = &fstest.MapFile{Data: l}
	}
	return files
}
