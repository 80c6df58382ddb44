package scenarios

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/nodes/zab"
)

// started is what three servers left behind: s3 has another 1.5 than the others,
// and a snapshot of its own.
const started = `
version: 1
name: started
duration: 20s
servers: 3
app: {znode: {}}
properties: {always: [agreement, no-lost-commit, integrity, durable-before-commit, ephemeral-life]}
start:
  servers:
    s1: {acceptedEpoch: 2, currentEpoch: 2, snapshot: {zxid: 1.1, bytes: 5000}, logs: [{holds: [1.1..1.3], bytes: 9000}, {holds: [1.4..1.6, 2.1]}]}
    s2: {acceptedEpoch: 2, currentEpoch: 2, snapshot: {zxid: 2.0}, logs: [{holds: [1.1..1.6, 2.1..2.2]}]}
    s3: {acceptedEpoch: 1, currentEpoch: 1, snapshot: {zxid: 1.5}, logs: [{holds: [1.5, 1.7]}]}
  history: [1.2..1.6, 2.1..2.2]
  decided: 2.1
  trees:
    - zxid: 1.1
      sessions: [{session: 0x100000000000007, timeout: 4s}]
      nodes:
        - {path: /, births: 3, changed: 1.1}
        - {path: /a, data: "base64:/w==", created: 0.5, modified: 1.1, changed: 0.9, version: 2, births: 7}
        - {path: /a/e, data: 10, created: 0.8, owner: 0x100000000000007}
    - {zxid: 1.5, on: [s3], nodes: [{path: /}, {path: /z, created: 1.5}]}
  transactions:
    - {zxid: 1.1, set: /a, data: "base64:/w==", version: 2}
    - {zxid: 1.2, open: 0x200000000000009, timeout: 6s}
    - {zxid: 1.3, create: /b, data: "null", births: 4, owner: 0x200000000000009}
    - {zxid: 1.4, multi: [{set: /a, data: "true", version: 3}, {check: /b}, {delete: /a/e}]}
    - {zxid: 1.5, error: BADVERSION, on: [s1, s2]}
    - {zxid: 1.5, error: -102, on: [s3]}
    - {zxid: 1.6, close: 0x200000000000009, deletes: [/b]}
    - {zxid: 1.7, delete: /a}
    - {zxid: 2.1, delete: /a}
    - {zxid: 2.2, check: /}
`

func parseStarted(t *testing.T) *Scenario {
	t.Helper()
	s, err := Parse("started.yaml", []byte(started))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestStartRoundTrip: what is written down in the open loads as it was, and so
// does what is packed.
func TestStartRoundTrip(t *testing.T) {
	s := parseStarted(t)
	requireRoundTrip(t, s)
	if text := writeString(t, s); strings.Contains(text, "packed") {
		t.Errorf("it is small, and yet packed:\n%s", text)
	}
	for n := range uint64(2000) {
		z := Zxid{3, n + 1}
		s.Start.Txns = append(s.Start.Txns, TxnLine{Zxid: z, TxnPart: TxnPart{Create: fmt.Sprintf("/many/%d", n), Data: "\xff"}})
	}
	requireRoundTrip(t, s)
	if text := writeString(t, s); !strings.Contains(text, "packed") || len(text) > maxFile {
		t.Errorf("%d bytes, packed: %t", len(text), strings.Contains(text, "packed"))
	}
}

// TestStartDisks: the disks hold what the file says, and the past is what a
// quorum has of the history.
func TestStartDisks(t *testing.T) {
	cfg, h, err := parseStarted(t).Compile("", 1)
	if err != nil {
		t.Fatal(err)
	}
	logFile, snapshots := nodes.File(0), nodes.File(0)
	for i, name := range zab.Protocol.Files {
		switch name {
		case "log":
			logFile = nodes.File(i)
		case "snapshots":
			snapshots = nodes.File(i)
		}
	}
	var logs []string
	var images []*zab.Snapshot
	for id := nodes.ID(1); id <= 3; id++ {
		var log []string
		for _, r := range cfg.Disks[id].Records(logFile) {
			txn := r.(*zab.Txn)
			_, _, body, _ := app.Body(txn.Body)
			does, err := znode.ParseTxn(body)
			if err != nil {
				t.Fatal(err)
			}
			log = append(log, fmt.Sprintf("%v %v", txn.Zxid, does))
		}
		logs = append(logs, strings.Join(log, "; "))
		images = append(images, cfg.Disks[id].Last(snapshots).(*zab.Snapshot))
	}
	want := []string{
		"1.1 setData /a=\xff v2; 1.2 createSession; 1.3 create /b=null ephemeral; 1.4 multi [setData /a=true v3; check /b; delete /a/e]; " +
			"1.5 error BADVERSION; 1.6 closeSession deletes /b; 2.1 delete /a",
		"", "1.5 error -102; 1.7 delete /a",
	}
	want[1] = want[0] + "; 2.2 check /"
	for i := range want {
		if logs[i] != want[i] {
			t.Errorf("the log of s%d: %s, want %s", i+1, logs[i], want[i])
		}
	}
	if len(h.Past) != 6 || h.Past[5].At != (nodes.Position{Epoch: 2, Index: 1}) || h.Past[5].Server != 1 {
		t.Errorf("the past: %+v", h.Past)
	}
	// s2 has no tree of its own: what it holds follows from the history.
	m := h.Machine()
	for _, p := range h.Past[:5] {
		m.(nodes.Stamped).ApplyAt(nil, p.At, p.Op)
	}
	if string(images[1].State) != string(m.Snapshot(nil)) || images[1].History.Len != 5 {
		t.Errorf("the image of s2 is of %+v", images[1].History)
	}
	if images[2].History.Len != 4 || images[2].History == images[1].History { // 1.2 to 1.4, and one of its own
		t.Errorf("the image of s3 is of %+v", images[2].History)
	}
	first, last := cfg.Disks[1].Records(logFile)[2].(*zab.Txn), cfg.Disks[1].Records(logFile)[6].(*zab.Txn)
	if first.Fill < 8000 || last.Fill != 0 || images[0].Fill < 4000 {
		t.Errorf("sizes: %d, %d, %d", first.Fill, last.Fill, images[0].Fill)
	}
}

// TestTreeState: a tree is restored with all that nodes remember.
func TestTreeState(t *testing.T) {
	_, h, err := parseStarted(t).Compile("", 1)
	if err != nil {
		t.Fatal(err)
	}
	m := h.Machine()
	for path, want := range map[string]znode.Stat{
		"/": {Changed: nodes.Position{Epoch: 1, Index: 1}, Cversion: 5, Children: 1},
		"/a": {
			Created: nodes.Position{Index: 5}, Modified: nodes.Position{Epoch: 1, Index: 1}, Changed: nodes.Position{Index: 9},
			Version: 2, Cversion: 13, Children: 1,
		},
		"/a/e": {
			Created: nodes.Position{Index: 8}, Modified: nodes.Position{Index: 8}, Changed: nodes.Position{Index: 8},
			Owner: 0x100000000000007,
		},
	} {
		r, err := znode.ParseResult(m.Query(nil, app.Identify(0, 0, znode.Exists(path))))
		if err != nil || r.Code != znode.OK || r.Stat != want {
			t.Errorf("%s: %+v, %v; want %+v", path, r.Stat, err, want)
		}
	}
	sessions := m.(nodes.SessionKeeper).Sessions()
	if len(sessions) != 1 || sessions[0] != (nodes.Session{ID: 0x100000000000007, Timeout: 4 * time.Second}) {
		t.Errorf("sessions %+v", sessions)
	}
}

// TestStartedRun: servers boot from their disks, the session of before expires,
// and what s3 alone had is given up.
func TestStartedRun(t *testing.T) {
	s := parseStarted(t)
	r, err := s.Run(RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Violations) > 0 || r.Elections != 1 || r.Notes["session-expired"] != 1 {
		t.Errorf("%+v, %d elections, notes %v", r.Violations, r.Elections, r.Notes)
	}
	if r.Committed != 8 { // seven, and the end of the session
		t.Errorf("%d transactions", r.Committed)
	}
	if _, err := s.Run(RunOptions{Protocol: "raft"}); err == nil {
		t.Error("another protocol reads the disks")
	}
}
