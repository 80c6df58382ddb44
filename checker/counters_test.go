package checker

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes/app/kv"
)

// The model of a key does what the machine does, and takes nothing else for the
// result.
func TestModelOfAKeyIsTheMachine(t *testing.T) {
	text := rapid.SampledFrom([]string{"", "1", "-2", "07", "a", "9223372036854775807", "-9223372036854775808"})
	number := rapid.SampledFrom([]int64{0, 1, -1, 1 << 62, -1 << 63})
	rapid.Check(t, func(t *rapid.T) {
		m := kv.New()
		var state kvValue
		for range rapid.IntRange(1, 20).Draw(t, "ops") {
			body := [][]byte{
				kv.Get("x"), kv.Put("x", text.Draw(t, "value")), kv.CAS("x", text.Draw(t, "old"), text.Draw(t, "new")), kv.Delete("x"),
				kv.Increment("x", number.Draw(t, "by")), kv.Append("x", text.Draw(t, "element")),
			}[rapid.IntRange(0, 5).Draw(t, "kind")]
			parsed, err := kv.Parse(body)
			if err != nil {
				t.Fatal(err)
			}
			result, err := kv.ParseResult(body, m.Apply(nil, m.Prepare(nil, body)))
			if err != nil {
				t.Fatal(err)
			}
			op := kvOp{Op: parsed, known: true, result: result}
			next, ok := stepKV(state, op)
			if !ok {
				t.Fatalf("%v on %+v gives %+v, which the model refuses", parsed, state, result)
			}
			op.result.Value += "?"
			if _, ok := stepKV(state, op); ok {
				t.Fatalf("%v on %+v gives %+v, the model says", parsed, state, op.result)
			}
			state = next
		}
	})
}
