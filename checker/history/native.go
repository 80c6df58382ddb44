package history

import (
	"fmt"
	"strconv"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// native turns events in our own format into a history.
func (s *source) native(events []node) *History {
	r := &nativeReader{s.newPairing(), map[int64]bool{}}
	for i := range events {
		if s.err != nil {
			break
		}
		r.event(&events[i])
	}
	if s.err == nil {
		r.h.events()
	}
	return r.h
}

type nativeReader struct {
	*pairing
	used map[int64]bool // ids
}

func (r *nativeReader) event(e *node) {
	if e.form != dict {
		r.fail(e.at, "this is %v; expected an event: {\"t\": ..., \"type\": ...}", e.form)
		return
	}
	kind := r.want(e, "type", text)
	switch kind.text {
	case "nemesis":
	case "meta":
		r.meta(e)
	case "final":
		r.final(e)
	case "invoke":
		r.invocation(e)
	case "ok", "fail", "info":
		r.completion(e, kind.text)
	default:
		r.fail(kind.at, "unknown type %q; expected invoke, ok, fail, info, nemesis, meta or final", kind.text)
	}
}

// meta reads what registers have in the beginning.
func (r *nativeReader) meta(e *node) {
	args := e.get("args")
	if args == nil {
		return
	}
	if v := args.get("initial_value"); v != nil {
		r.h.Initial = r.value(v)
	}
	if args.get("initial_version") != nil {
		r.h.InitialVersion = r.version(args, "initial_version")
	}
}

func (r *nativeReader) invocation(e *node) {
	id := r.want(e, "id", number)
	o := Op{ID: r.integer(e, "id"), Line: r.line(e.at), At: r.time(e), Client: r.name(e, "client"), Session: r.session(e), Key: r.name(e, "key")}
	op := r.want(e, "op", text)
	switch op.text {
	case "read":
		o.Kind = Read
	case "sync_read":
		o.Kind = SyncedRead
	case "write":
		o.Kind = Write
	case "cas":
		o.Kind = CAS
		o.Expect.Version = r.version(e, "expect_version")
	default:
		r.fail(op.at, "unknown op %q; expected read, sync_read, write or cas", op.text)
	}
	if o.Kind.Writes() {
		o.Value = r.value(r.want(e, "value", text, number, boolean, null))
	}
	if o.Session == "" {
		o.Session = "client " + o.Client
	}
	if r.used[o.ID] {
		r.fail(id.at, "id %d has been used before; expected a new one for each operation", o.ID)
	}
	r.used[o.ID] = true
	r.invoke(id, fmt.Sprintf("id %d", o.ID), o)
}

func (r *nativeReader) completion(e *node, outcome string) {
	id := r.want(e, "id", number)
	o := r.complete(id, fmt.Sprintf("id %d", r.integer(e, "id")))
	if r.err != nil {
		return
	}
	for _, same := range [][2]string{{"op", o.Kind.String()}, {"key", o.Key}} {
		if v := e.get(same[0]); v != nil && v.text != same[1] {
			r.fail(v.at, "%s is %q; expected %q, as in the invocation in line %d", same[0], v.text, same[1], o.Line)
		}
	}
	o.Until = r.time(e)
	if o.Until < o.At {
		r.fail(r.want(e, "t", number).at, "t is before that of the invocation in line %d; expected times of one monotonic clock", o.Line)
	}
	if s := r.session(e); s != "" {
		o.Session = s
	}
	if e.has("server") {
		o.Server = r.name(e, "server")
	}
	if e.has("err") {
		o.Err = r.want(e, "err", text).text
	}
	switch outcome {
	case "ok":
		o.Outcome = Done
		r.result(e, o)
	case "fail":
		o.Outcome = Failed
		o.Refused = o.Kind == CAS && o.Err == "BADVERSION"
	}
}

// result reads what an operation returned.
func (r *nativeReader) result(e *node, o *Op) {
	if !o.Kind.Writes() {
		o.Value = r.value(r.want(e, "value", text, number, boolean, null))
	}
	if !e.has("version") && !e.has("zxid") {
		return
	}
	o.Placed = true
	o.Version = r.version(e, "version")
	o.Zxid = r.zxid(r.want(e, "zxid", text, number))
}

// final reads what each server had in the end.
func (r *nativeReader) final(e *node) {
	servers := r.want(r.want(e, "args", dict), "by_server", dict)
	for i := 0; i+1 < len(servers.items); i += 2 {
		server, registers := &servers.items[i], &servers.items[i+1]
		if registers.form != dict {
			r.fail(registers.at, "this is %v; expected the registers of server %s", registers.form, server.text)
			return
		}
		for k := 0; k+1 < len(registers.items); k += 2 {
			key, v := &registers.items[k], &registers.items[k+1]
			o := Op{
				Line: r.line(v.at), EndLine: r.line(v.at), Kind: FinalRead, Key: key.text, Outcome: Done,
				Client: "final", Server: server.text, At: r.time(e), Until: r.time(e),
			}
			r.result(v, &o)
			r.h.Ops = append(r.h.Ops, o)
		}
	}
}

// session returns the session of an event: that of the server, or else that of
// the process, which ends with every unknown outcome.
func (r *nativeReader) session(e *node) string {
	if e.has("session") {
		if s := r.name(e, "session"); s != "0" && s != "" { // 0: there is none yet
			return s
		}
	}
	if e.has("process") {
		return "process " + r.name(e, "process")
	}
	return ""
}

func (r *nativeReader) name(e *node, key string) string { return r.want(e, key, text, number).text }

func (r *nativeReader) value(v *node) string {
	if v.form == list || v.form == dict {
		r.fail(v.at, "this is %v; expected the value of a register: a string, a number, a boolean or null", v.form)
	}
	return v.scalar()
}

func (r *nativeReader) time(e *node) time.Duration {
	t := r.integer(e, "t")
	if t < 0 {
		r.fail(r.want(e, "t", number).at, "t is negative; expected nanoseconds of a monotonic clock")
	}
	return time.Duration(t)
}

func (r *nativeReader) integer(e *node, key string) int64 {
	v := r.want(e, key, number)
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil {
		r.fail(v.at, "%q is %s; expected an integer of at most 64 bits", key, v.text)
	}
	return n
}

// maxVersion leaves room for arithmetic.
const maxVersion = 1 << 53

func (r *nativeReader) version(e *node, key string) int64 {
	n := r.integer(e, key)
	if n < 0 || n > maxVersion {
		r.fail(r.want(e, key, number).at, "%q is %d; expected how many writes the register has had", key, n)
	}
	return n
}

// zxid reads "(5,3)", "0x500000003" or the number that the latter is.
func (r *nativeReader) zxid(v *node) nodes.Position {
	var p nodes.Position
	if n, err := fmt.Sscanf(v.text+"\n", "(%d,%d)\n", &p.Epoch, &p.Index); err == nil && n == 2 {
		return p
	}
	packed, err := strconv.ParseUint(v.text, 0, 64)
	if err != nil {
		r.fail(v.at, `%q is no zxid; expected "(epoch,counter)", "0x..." or a number`, v.text)
	}
	return nodes.Position{Epoch: packed >> 32, Index: packed & (1<<32 - 1)}
}
