package checker

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/zabsim/zabsim/checker/internal/search"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/bank"
	"github.com/zabsim/zabsim/nodes/app/kv"
)

// searcher returns a search through the orders of a history, or nil if the
// replicated state machine is none of those there is a model for. Which one it
// is the machine tells by its answers.
func (m *linearity) searcher(h []call) *searcher {
	describe := func(c *call) string { return words(m.header, c) }
	machine := m.header.Machine()
	if b := newBooks(m.header); b.initial != nil {
		return newSearch(bankModel(b.initial), h, describe)
	}
	probe := kv.Get("")
	if _, err := kv.ParseResult(probe, machine.Query(nil, app.Identify(0, 0, probe))); err == nil {
		return newSearch(kvModel(), h, describe)
	}
	if _, ok := machine.(nodes.SessionKeeper); ok {
		return newZnodeSearch(m.header, h, describe)
	}
	return nil
}

// bankOp is an operation of the bank with what it returned.
type bankOp struct {
	kind     bank.Kind
	from, to int // accounts by name; -1: there is none
	amount   int64
	known    bool // whether the result is
	result   bank.Result
}

// bankModel is a bank as one machine: its state is the balances, in the order
// of the accounts' names.
func bankModel(accounts []bank.Account) *model[[]int64, bankOp] {
	balances := make([]int64, len(accounts))
	for i, a := range accounts {
		balances[i] = a.Balance
	}
	find := func(name string) int {
		i, found := slices.BinarySearchFunc(accounts, bank.Account{Name: name}, byName)
		if !found {
			return -1
		}
		return i
	}
	return &model[[]int64, bankOp]{
		Model: search.Model[[]int64, bankOp]{
			Initial: balances,
			Step:    stepBank,
			Equal:   slices.Equal[[]int64],
			Hash: func(s []int64) uint64 {
				var d nodes.Digest
				for _, balance := range s {
					d = d.Word(uint64(balance))
				}
				return uint64(d)
			},
			Show: func(s []int64) string {
				words := make([]string, len(s))
				for i, balance := range s {
					words[i] = fmt.Sprintf("%s %d", accounts[i].Name, balance)
				}
				return strings.Join(words, ", ")
			},
			Key: func(bankOp) string { return "" },
		},
		read: func(body []byte, c *call) (bankOp, bool) {
			parsed, err := bank.Parse(body)
			if err != nil {
				return bankOp{}, false
			}
			op := bankOp{kind: parsed.Kind, from: find(parsed.From), to: find(parsed.To), amount: parsed.Amount}
			if c.ended == done {
				op.result, err = bank.ParseResult(body, c.result)
				op.known = err == nil
			}
			return op, true
		},
	}
}

func stepBank(s []int64, op bankOp) ([]int64, bool) {
	var right bank.Result
	next := s
	switch {
	case op.kind == bank.KindAudit:
		right.OK = true
		if op.known && !slices.EqualFunc(s, op.result.Balances, func(n int64, a bank.Account) bool { return n == a.Balance }) {
			return s, false
		}
	case op.from < 0:
	case op.kind == bank.KindRead:
		right = bank.Result{OK: true, Balance: s[op.from]}
	case op.to < 0 || op.from == op.to || op.amount <= 0:
	case s[op.from] < op.amount:
		right.Balance = s[op.from]
	case s[op.to] > math.MaxInt64-op.amount:
	default:
		right.OK = true
		next = slices.Clone(s)
		next[op.from] -= op.amount
		next[op.to] += op.amount
	}
	return next, !op.known || op.result.OK == right.OK && op.result.Balance == right.Balance
}

// kvOp is an operation on one key with what it returned.
type kvOp struct {
	kv.Op
	known  bool // whether the result is
	result kv.Result
}

// kvValue is what a key has.
type kvValue struct {
	found bool
	value string
}

// kvModel is one key of a store: keys are independent of each other.
func kvModel() *model[kvValue, kvOp] {
	return &model[kvValue, kvOp]{
		Model: search.Model[kvValue, kvOp]{
			Step:  stepKV,
			Equal: func(a, b kvValue) bool { return a == b },
			Hash:  func(s kvValue) uint64 { return uint64(nodes.Digest(0).Text(s.value)) },
			Show: func(s kvValue) string {
				if !s.found {
					return "nothing"
				}
				return fmt.Sprintf("%q", s.value)
			},
			Key: func(op kvOp) string { return op.Key },
		},
		read: func(body []byte, c *call) (kvOp, bool) {
			parsed, err := kv.Parse(body)
			if err != nil {
				return kvOp{}, false
			}
			op := kvOp{Op: parsed}
			if c.ended == done {
				op.result, err = kv.ParseResult(body, c.result)
				op.known = err == nil
			}
			return op, true
		},
	}
}

func stepKV(s kvValue, op kvOp) (kvValue, bool) {
	next, right := s, kv.Result{OK: true, Found: s.found}
	switch op.Kind {
	case kv.KindGet:
		right.Value = s.value
	case kv.KindPut:
		right.Found = false // a put does not look
		next = kvValue{true, op.Value}
	case kv.KindDelete:
		next = kvValue{}
	case kv.KindAppend:
		right.Found = false // nor does an append
		if next.value = op.Value; s.found {
			next.value = s.value + "," + op.Value
		}
		next.found = true
	case kv.KindIncrement:
		n, err := strconv.ParseInt(s.value, 10, 64)
		by, _ := strconv.ParseInt(op.Value, 10, 64)
		isNumber := err == nil && strconv.FormatInt(n, 10) == s.value
		fits := by >= 0 && n <= math.MaxInt64-by || by < 0 && n >= math.MinInt64-by
		if right.OK = (isNumber || !s.found) && fits; right.OK {
			next = kvValue{true, strconv.FormatInt(n+by, 10)}
		}
		right.Found, right.Value = true, next.value
	case kv.KindCAS:
		if right.OK = s.found && s.value == op.Old; right.OK {
			next.value = op.Value
		} else {
			right.Value = s.value
		}
	}
	return next, !op.known || op.result == right
}
