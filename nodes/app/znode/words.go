package znode

import (
	"slices"
	"strconv"
	"strings"
)

// String returns "create /a=1", "create /q/n- ephemeral sequential", "set
// /a=2 if v1", "delete /a if v0", "get /a watch", "children /a", "multi [create
// /a; check /b if v3]".
func (o Op) String() string {
	switch o.Kind {
	case KindMulti:
		return "multi " + list(o.Ops)
	case KindCloseSession:
		return "close session"
	case KindSetWatches:
		return "set watches " + strings.Join(slices.Concat(o.Watches.Data, o.Watches.Exist, o.Watches.Children), " ")
	}
	words := [...]string{"", "create ", "set ", "delete ", "get ", "exists ", "children ", "check "}[o.Kind] + o.Path
	if o.Kind == KindCreate || o.Kind == KindSet {
		words += equals(o.Data)
	}
	if (o.Kind == KindSet || o.Kind == KindDelete || o.Kind == KindCheck) && o.Version != AnyVersion {
		words += " if v" + strconv.Itoa(int(o.Version))
	}
	if o.Ephemeral {
		words += " ephemeral"
	}
	if o.Sequential {
		words += " sequential"
	}
	if o.Watch {
		words += " watch"
	}
	return words
}

// list prints "[a; b; c]".
func list[T interface{ String() string }](parts []T) string {
	words := make([]string, len(parts))
	for i, p := range parts {
		words[i] = p.String()
	}
	return "[" + strings.Join(words, "; ") + "]"
}

// equals prints the data of a node behind its path; empty data is not
// mentioned, long data is cut short.
func equals(data string) string {
	const most = 40
	switch {
	case data == "":
		return ""
	case len(data) > most:
		return "=" + data[:most] + "..."
	default:
		return "=" + data
	}
}

// String returns "create /a=1", "create /e ephemeral", "setData /a=2 v1",
// "delete /a", "check /a", "error NONODE", "multi [create /a; error NONODE]",
// "createSession", "closeSession deletes /e /f".
func (t Txn) String() string {
	switch t.Kind {
	case TxnCreate:
		words := "create " + t.Path + equals(t.Data)
		if t.Owner != 0 {
			words += " ephemeral"
		}
		return words
	case TxnSet:
		return "setData " + t.Path + equals(t.Data) + " v" + strconv.Itoa(int(t.Version))
	case TxnDelete:
		return "delete " + t.Path
	case TxnCheck:
		return "check " + t.Path
	case TxnMulti:
		return "multi " + list(t.Txns)
	case TxnOpen:
		return "createSession"
	case TxnClose:
		if len(t.Paths) == 0 {
			return "closeSession"
		}
		return "closeSession deletes " + strings.Join(t.Paths, " ")
	default:
		return "error " + t.Code.String()
	}
}

// Describe puts an operation and its result in words: "create /a=1: ok", "get
// /a: 1 v0", "children /a: b c", "set /a=2 if v3: BADVERSION". Without a result
// (nil) it is the operation alone.
func Describe(body, result []byte) string {
	o, err := Parse(body)
	if err != nil {
		return "malformed operation"
	}
	words := o.String()
	if result == nil {
		return words
	}
	r, err := ParseResult(result)
	switch {
	case err != nil:
		return words + ": " + err.Error()
	case len(r.Results) > 0:
		codes := make([]string, len(r.Results))
		for i := range r.Results {
			codes[i] = r.Results[i].Code.String()
		}
		return words + ": " + strings.Join(codes, ",")
	case r.Code != OK:
		return words + ": " + r.Code.String()
	case o.Kind == KindGet:
		return words + ": " + r.Data + " v" + strconv.Itoa(int(r.Stat.Version))
	case o.Kind == KindChildren:
		return words + ": " + strings.Join(r.Children, " ")
	case o.Sequential:
		return words + ": " + r.Path
	default:
		return words + ": ok"
	}
}
