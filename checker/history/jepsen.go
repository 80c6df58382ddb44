package history

import (
	"strconv"
	"time"
)

// jepsen turns the events of a Jepsen history into a history. Their order in
// the file is what counts; times are for show.
func (s *source) jepsen(events []node) *History {
	r := &jepsenReader{pairing: s.newPairing()}
	for i := range events {
		if s.err != nil {
			break
		}
		r.event(i+1, &events[i])
	}
	return r.h
}

type jepsenReader struct {
	*pairing
	// keyed says whether values come with the key of a register: [key value],
	// as those of jepsen.independent do. The first event decides.
	keyed, decided bool
}

func (r *jepsenReader) event(place int, e *node) {
	if e.form != dict {
		r.fail(e.at, "this is %v; expected an operation: {:type ..., :f ..., :process ...}", e.form)
		return
	}
	process := r.want(e, "process", number, text, word)
	if process.form != number {
		return // the nemesis
	}
	f := r.want(e, "f", word, text)
	kind, known := map[string]Kind{"read": Read, "write": Write, "cas": CAS}[f.text]
	if !known {
		r.fail(f.at, "unknown f %q; expected read, write or cas, the operations of a register", f.text)
		return
	}
	phase := r.want(e, "type", word, text)
	switch phase.text {
	case "invoke":
		o := Op{ID: int64(place), Line: r.line(e.at), Client: process.text, Session: "process " + process.text, Kind: kind, Call: place, At: r.time(e)}
		if index := e.get("index"); index != nil {
			o.ID = r.integer(index)
		}
		r.value(&o, e, kind.Writes())
		r.invoke(process, "process "+process.text, o)
	case "ok", "fail", "info":
		r.completion(place, e, kind, phase.text)
	default:
		r.fail(phase.at, "unknown type %q; expected invoke, ok, fail or info", phase.text)
	}
}

func (r *jepsenReader) completion(place int, e *node, kind Kind, outcome string) {
	o := r.complete(r.want(e, "process", number), "process "+e.get("process").text)
	switch {
	case r.err != nil:
		return
	case kind != o.Kind:
		r.fail(e.get("f").at, "%v completes; expected %v, as process %s invoked it in line %d", kind, o.Kind, o.Client, o.Line)
	case outcome == "info":
		return
	}
	o.Return, o.Until, o.Outcome = place, r.time(e), Failed
	if outcome == "ok" {
		o.Outcome = Done
		r.value(o, e, !o.Kind.Writes())
	}
}

// value reads the key and, on request, what comes with it.
func (r *jepsenReader) value(o *Op, e *node, needed bool) {
	v := e.get("value")
	if v == nil {
		if needed {
			r.fail(e.at, `no "value" here; expected what was read or written`)
		}
		v = &node{at: e.at}
	}
	r.decide(v, o.Kind)
	o.Key = "register"
	if r.keyed {
		if v.form != list || len(v.items) != 2 {
			r.fail(v.at, "expected [key value], as in the events before")
			return
		}
		o.Key, v = v.items[0].scalar(), &v.items[1]
	}
	switch {
	case !needed:
	case o.Kind != CAS:
		o.Value = r.scalar(v)
	case v.form != list || len(v.items) != 2:
		r.fail(v.at, "this is %v; expected [old new], what a cas compares and sets", v.form)
	default:
		o.Expect.ByValue = true
		o.Expect.Value, o.Value = r.scalar(&v.items[0]), r.scalar(&v.items[1])
	}
}

// decide finds out whether values come with keys.
func (r *jepsenReader) decide(v *node, kind Kind) {
	if r.decided {
		return
	}
	pair := v.form == list && len(v.items) == 2
	r.keyed = pair && (kind != CAS || v.items[1].form == list)
	r.decided = true
}

func (r *jepsenReader) scalar(v *node) string {
	if v.form == list || v.form == dict {
		r.fail(v.at, "this is %v; expected the value of a register", v.form)
	}
	return v.scalar()
}

func (r *jepsenReader) time(e *node) time.Duration {
	if t := e.get("time"); t != nil {
		return time.Duration(r.integer(t))
	}
	return 0
}

func (r *jepsenReader) integer(v *node) int64 {
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil {
		r.fail(v.at, "expected an integer of at most 64 bits")
	}
	return n
}
