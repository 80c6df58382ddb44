package conformance

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
)

// zxid prints a position as the cases do: "(1,3)".
func zxid(p nodes.Position) string { return fmt.Sprintf("(%d,%d)", p.Epoch, p.Index) }

// parseZxid reads that form.
func parseZxid(s string) (p nodes.Position, err error) {
	if _, err = fmt.Sscanf(s, "(%d,%d)", &p.Epoch, &p.Index); err != nil {
		return p, fmt.Errorf("%q is not a zxid like (1,3)", s)
	}
	return p, nil
}

// key names a server as the keys of the cases' maps do.
func key(id nodes.ID) string { return strconv.Itoa(int(id)) }

// serverOf reads such a key; 0 if it is none.
func serverOf(key string) nodes.ID {
	id, err := strconv.ParseUint(key, 10, 8)
	if err != nil || id > nodes.MaxServers {
		return 0
	}
	return nodes.ID(id)
}

// packet prints a message of the quorum channel as the recorder did: kind and
// zxid.
func packet(m nodes.Message) string {
	at := nodes.Position{}
	switch m := m.(type) {
	case zab.FollowerInfo:
		at.Epoch = m.AcceptedEpoch
	case zab.ObserverInfo:
		at.Epoch = m.AcceptedEpoch
	case zab.LeaderInfo:
		at.Epoch = m.Epoch
	case zab.AckEpoch:
		at = m.LastZxid.Position()
	case zab.Diff:
		at = m.Zxid.Position()
	case zab.Trunc:
		at = m.Zxid.Position()
	case zab.Snap:
		at = m.Image.Position()
	case zab.NewLeader:
		at.Epoch = m.Epoch
	case nodes.Positioned:
		at = m.Position()
	case zab.Sync:
		return "SYNC 0"
	default: // UPTODATE, REQUEST
		return m.Kind() + " -1"
	}
	return m.Kind() + " " + zxid(at)
}

// plain turns a value into what reading it from JSON would give, so that
// values can be compared.
func plain(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // the judges make nothing that cannot be written
	}
	var p any
	if err := json.Unmarshal(b, &p); err != nil {
		panic(err)
	}
	return p
}

// spread writes {"same_on": ["1", "2"], "value": x} out as {"1": x, "2": x}.
func spread(v any) any {
	m, ok := v.(map[string]any)
	if !ok || m["same_on"] == nil {
		return v
	}
	out := map[string]any{}
	for _, k := range m["same_on"].([]any) {
		out[k.(string)] = m["value"]
	}
	return out
}

// short prints a value for people, no longer than a line or two.
func short(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	s := strings.TrimSpace(string(b))
	if len(s) > 400 {
		s = s[:400] + "..."
	}
	return s
}
