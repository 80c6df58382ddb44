package conformance

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/nodes/zab"
)

// epochsOf reads the two epoch files; -1 stands for no file.
func epochsOf(d nodes.Disk) map[string]int64 {
	read := func(f nodes.File) int64 {
		e, found := d.Last(f).(zab.Epoch)
		if !found {
			return -1
		}
		return int64(e)
	}
	return map[string]int64{"accepted": read(acceptedEpoch), "current": read(currentEpoch)}
}

// logOf returns what the log files hold, in their order: also what no history
// mentions any more.
func logOf(d nodes.Disk) []*zab.Txn {
	var txns []*zab.Txn
	for _, r := range d.Records(txnLog) {
		txns = append(txns, r.(*zab.Txn))
	}
	return txns
}

// snapshotsOf returns the zxids of the snapshot files.
func snapshotsOf(d nodes.Disk) []string {
	zxids := []string{}
	for _, r := range d.Records(snapshots) {
		zxids = append(zxids, zxid(r.Position()))
	}
	return zxids
}

func bodyOf(t *zab.Txn) znode.Txn {
	body, err := znode.ParseTxn(t.Body)
	if err != nil {
		panic(fmt.Sprintf("conformance: %v: %v", t, err)) // nothing else was ever proposed
	}
	return body
}

// lines prints transactions as the cases do.
func lines(txns []*zab.Txn) []string {
	out := []string{}
	for _, t := range txns {
		out = append(out, zxid(t.Position())+" "+bodyOf(t).String())
	}
	return out
}

// mentions reports whether a transaction is about a path, with that data
// unless it is "".
func mentions(txns []*zab.Txn, path, data string) bool {
	for _, t := range txns {
		if b := bodyOf(t); b.Path == path && (data == "" || b.Data == data) {
			return true
		}
	}
	return false
}

// summary is what txn_log_summary says of a log.
func summary(txns []*zab.Txn) map[string]any {
	s := map[string]any{"count": len(txns), "first": nil, "last": nil, "gaps": []string{}}
	if len(txns) == 0 {
		return s
	}
	gaps := []string{}
	for i, t := range txns[1:] {
		if before := txns[i].Zxid; t.Zxid != before+1 {
			gaps = append(gaps, zxid(before.Position())+"->"+zxid(t.Position()))
		}
	}
	s["first"], s["last"], s["gaps"] = zxid(txns[0].Position()), zxid(txns[len(txns)-1].Position()), gaps
	return s
}
