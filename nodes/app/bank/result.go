package bank

import (
	"fmt"
	"strings"

	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// verdict is the first byte of a result.
type verdict byte

const (
	done      verdict = iota // read: the balance follows; audit: all accounts follow
	overdrawn                // the balance of From follows
	noFrom
	noTo
	sameAccount
	notPositive
	tooMuch // the balance of To would not fit 64 bits
	notRead // only reads and audits can be asked of one server
	malformed
)

// Result is a result in readable form.
type Result struct {
	OK      bool
	Refused string // why not OK, in words: "alice has 20"
	// Balance is what a read account holds, and what From holds when it is too
	// little for the transfer.
	Balance  int64
	Balances []Account // of an audit, by name
}

// ParseResult reads the result of the operation body. The error is
// [app.ErrMalformed] or [app.ErrStale].
func ParseResult(body, result []byte) (Result, error) {
	if app.IsStale(result) {
		return Result{}, app.ErrStale
	}
	o, err := Parse(body)
	if err != nil {
		return Result{}, err
	}
	var res Result
	r := wire.Read(result)
	switch verdict(r.Byte()) {
	case done:
		res.OK = true
		switch o.Kind {
		case KindRead:
			res.Balance = r.Int()
		case KindAudit:
			res.Balances = readAccounts(&r)
		case KindTransfer:
		}
	case overdrawn:
		res.Balance = r.Int()
		res.Refused = fmt.Sprintf("%s has %d", o.From, res.Balance)
	case noFrom:
		res.Refused = "no account " + o.From
	case noTo:
		res.Refused = "no account " + o.To
	case sameAccount:
		res.Refused = "from and to are the same"
	case notPositive:
		res.Refused = "the amount must be positive"
	case tooMuch:
		res.Refused = o.To + " would have too much"
	case notRead:
		res.Refused = "a transfer is not a read"
	default:
		return Result{}, app.ErrMalformed
	}
	if err := r.End(); err != nil {
		return Result{}, err
	}
	return res, nil
}

// Describe puts an operation and its result in words: "transfer alice bob 80:
// ok", "read alice: 20". Without a result (nil) it is the operation alone.
func Describe(body, result []byte) string {
	o, err := Parse(body)
	if err != nil {
		return "malformed operation"
	}
	words := o.String()
	if result == nil {
		return words
	}
	res, err := ParseResult(body, result)
	switch {
	case err != nil:
		return words + ": " + err.Error()
	case !res.OK:
		return words + ": refused, " + res.Refused
	}
	switch o.Kind {
	case KindRead:
		return fmt.Sprintf("%s: %d", words, res.Balance)
	case KindAudit:
		return words + ": " + describeAccounts(res.Balances)
	default:
		return words + ": ok"
	}
}

// String returns "transfer alice bob 80", "read alice" or "audit".
func (o Op) String() string {
	switch o.Kind {
	case KindTransfer:
		return fmt.Sprintf("transfer %s %s %d", o.From, o.To, o.Amount)
	case KindRead:
		return "read " + o.From
	default:
		return "audit"
	}
}

func describeAccounts(accounts []Account) string {
	words := make([]string, len(accounts))
	for i, a := range accounts {
		words[i] = fmt.Sprintf("%s %d", a.Name, a.Balance)
	}
	return strings.Join(words, ", ")
}
