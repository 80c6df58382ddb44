package history

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestParseErrors(t *testing.T) {
	const invoke = `{"t":1,"type":"invoke","id":1,"client":0,"op":"read","key":"k"}` + "\n"
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "1:1: no operation in this file; expected the history of a register"},
		{"nothing but nemeses", `{"t":1,"type":"nemesis"}`, "1:25: no operation in this file; expected the history of a register"},
		{"text", "hello", `1:1: this is a word; expected an event: {"t": ..., "type": ...}`},
		{"a number", `{"t":1,"type":"nemesis"}` + "\n17", `2:1: this is a number; expected an event: {"t": ..., "type": ...}`},
		{"broken JSON", invoke + `{"t":2,"type":ok}`, "2:15: this is no JSON: invalid character 'o' looking for beginning of value"},
		{"cut off", invoke + `{"t":2,"type":"o`, "2:15: the file ends in the middle of a JSON value"},
		{"cut off after a field", invoke + `{"t":2,`, "2:8: the file ends in the middle of a JSON value"},
		{"deep", strings.Repeat(`{"a":`, 70), "1:322: nested too deep"},
		{"no type", `{"t":1}`, `1:1: no "type" here; expected a string`},
		{"unknown type", `{"t":1,"type":"inovke"}`, `1:15: unknown type "inovke"; expected invoke, ok, fail, info, nemesis, meta or final`},
		{"no id", `{"t":1,"type":"invoke"}`, `1:1: no "id" here; expected a number`},
		{"id is a string", `{"t":1,"type":"invoke","id":"1"}`, `1:29: "id" is a string; expected a number`},
		{"a fraction", `{"t":1.5,"type":"invoke","id":1,"client":0,"op":"read","key":"k"}`, `1:6: "t" is 1.5; expected an integer of at most 64 bits`},
		{"a negative time", `{"t":-1,"type":"invoke","id":1,"client":0,"op":"read","key":"k"}`, "1:6: t is negative; expected nanoseconds of a monotonic clock"},
		{"unknown op", `{"t":1,"type":"invoke","id":1,"client":0,"op":"raed","key":"k"}`, `1:47: unknown op "raed"; expected read, sync_read, write or cas`},
		{"no expectation", `{"t":1,"type":"invoke","id":1,"client":0,"op":"cas","key":"k","value":1}`, `1:1: no "expect_version" here; expected a number`},
		{
			"an expectation of anything", `{"t":1,"type":"invoke","id":1,"client":0,"op":"cas","key":"k","value":1,"expect_version":-1}`,
			`1:90: "expect_version" is -1; expected how many writes the register has had`,
		},
		{"a value that is a list", `{"t":1,"type":"invoke","id":1,"client":0,"op":"write","key":"k","value":[1]}`, `1:73: "value" is a list; expected a string, a number, a boolean or null`},
		{"columns count characters", `{"key":"上海","t":1,"type":"invoke","id":1,"client":0,"op":"raed"}`, `1:58: unknown op "raed"; expected read, sync_read, write or cas`},
		{"twice", invoke + invoke, "2:29: id 1 has been used before; expected a new one for each operation"},
		{"never asked for", `{"t":1,"type":"ok","id":7,"op":"read"}`, "1:25: id 7 completes; expected an invocation of it before"},
		{"completed twice", invoke + strings.Repeat(`{"t":2,"type":"ok","id":1,"value":1}`+"\n", 2), "3:25: id 1 completes; expected an invocation of it before"},
		{"back in time", invoke + `{"t":0,"type":"ok","id":1,"value":1}`, "2:6: t is before that of the invocation in line 1; expected times of one monotonic clock"},
		{"no time", invoke + `{"type":"ok","id":1,"value":1}`, `2:1: no "t" here; expected a number`},
		{"another op", invoke + `{"t":2,"type":"ok","id":1,"op":"write"}`, `2:32: op is "write"; expected "read", as in the invocation in line 1`},
		{"no value", invoke + `{"t":2,"type":"ok","id":1}`, `2:1: no "value" here; expected a string, a number, a boolean or null`},
		{"half a place", invoke + `{"t":2,"type":"ok","id":1,"value":1,"version":3}`, `2:1: no "zxid" here; expected a string or a number`},
		{"no zxid", invoke + `{"t":2,"type":"ok","id":1,"value":1,"version":3,"zxid":"(1,2"}`, `2:56: "(1,2" is no zxid; expected "(epoch,counter)", "0x..." or a number`},
		{"a final without servers", `{"t":2,"type":"final"}`, `1:1: no "args" here; expected a map`},
		{"a final without registers", `{"t":2,"type":"final","args":{"by_server":{"1":7}}}`, "1:48: this is a number; expected the registers of server 1"},

		{"EDN: never closed", `[{:type :invoke`, `1:2: this bracket is never closed; expected '}'`},
		{"EDN: wrong bracket", `{:type :invoke]`, `1:15: ']' closes nothing; expected a value`},
		{"EDN: odd", "{:type :invoke\n:f}", "1:1: a map with a key that has no value"},
		{"EDN: a string without end", `{:f "re`, "1:5: this string is never closed"},
		{"EDN: no tag", `{:f # }`, `1:5: "#" without a tag`},
		{"EDN: a colon", `{:f : }`, `1:5: ":" without a name; is this JSON with a mistake?`},
		{"EDN: deep", strings.Repeat("(", 70), "1:66: nested too deep"},
		{"EDN: deeply ignored", strings.Repeat("#_", 70), "1:131: nested too deep"},
		{"EDN: nothing to ignore", "#_", "1:3: the file ends in the middle of an EDN value"},
		{"Jepsen: no process", `{:f :read :type :invoke}`, `1:1: no "process" here; expected a number, a string or a word`},
		{"Jepsen: another workload", `{:process 0 :f :append :type :invoke}`, `1:16: unknown f "append"; expected read, write or cas, the operations of a register`},
		{"Jepsen: unknown type", `{:process 0 :f :read :type :begin}`, `1:28: unknown type "begin"; expected invoke, ok, fail or info`},
		{"Jepsen: no value", `{:process 0 :f :write :type :invoke}`, `1:1: no "value" here; expected what was read or written`},
		{"Jepsen: half a cas", `{:process 0 :f :cas :type :invoke :value 3}`, `1:42: this is a number; expected [old new], what a cas compares and sets`},
		{"Jepsen: two at a time", "{:process 0 :f :read :type :invoke}\n{:process 0 :f :read :type :invoke}", `2:11: process 0 is invoked again; it was invoked in line 1 and has not completed`},
		{"Jepsen: never asked for", `{:process 0 :f :read :type :ok :value 1}`, "1:11: process 0 completes; expected an invocation of it before"},
		{"Jepsen: another f", "{:process 0 :f :read :type :invoke}\n{:process 0 :f :write :type :ok :value 1}", `2:16: write completes; expected read, as process 0 invoked it in line 1`},
		{"Jepsen: a key is missing", "{:process 0 :f :read :type :invoke :value [1 nil]}\n{:process 1 :f :write :type :invoke :value 3}", "2:44: expected [key value], as in the events before"},
		{"Jepsen: a map", "{:process 0 :f :write :type :invoke :value {}}", "1:44: this is a map; expected the value of a register"},
		{"Jepsen: index", "{:process 0 :f :read :type :invoke :index 1.5}", "1:43: expected an integer of at most 64 bits"},
		{"Jepsen: an event in a list", "[{:process 0 :f :read :type :invoke} 5]", "1:38: this is a number; expected an operation: {:type ..., :f ..., :process ...}"},
	} {
		_, err := Parse("h", strings.NewReader(c.text))
		if err == nil || err.Error() != "h:"+c.want {
			t.Errorf("%s: %v\nwant h:%s", c.name, err, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	h, err := Parse("h", strings.NewReader(`
		{"t":5,"type":"meta","args":{"initial_value":7,"initial_version":2}}
		{"t":9,"type":"invoke","id":3,"client":"ann","session":"0","process":4,"op":"cas","key":"k","value":"b","expect_version":2}
		{"t":9,"type":"invoke","id":4,"client":5,"op":"read","key":"k","more":[{}]}
		{"t":11,"type":"ok","id":4,"value":7,"version":2,"zxid":"0x100000003","server":"1"}
		{"t":11,"type":"fail","id":3,"err":"BADVERSION","session":"s9"}
		{"t":12,"type":"invoke","id":5,"client":5,"op":"write","key":"k","value":null}
		{"t":13,"type":"final","args":{"by_server":{"2":{"k":{"value":true,"version":3,"zxid":"(1,4)"}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`1 3 ann s9 id 3, lines 3 and 6: cas k "b" if version 2: failed (BADVERSION)`,
		`2 4 5 client 5 id 4, lines 4 and 5: read k: 7, version 2, zxid 1.3`,
		`5 0 5 client 5 id 5, line 7: write k nil: outcome unknown`,
		`6 7 final  line 8: final k: true, version 3, zxid 1.4`,
	}
	if got := summaries(h); !slices.Equal(got, want) {
		t.Errorf("got %s\nwant %s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if h.Initial != "7" || h.InitialVersion != 2 || !h.Ops[0].Refused {
		t.Errorf("%+v", h)
	}
}

// The same Jepsen history in all the forms it comes in.
func TestParseJepsen(t *testing.T) {
	edn := `{:process 0, :type :invoke, :f :write, :value 3, :time 10, :index 0} ; a comment
		{:process :nemesis, :type :info, :f :start, :value {:cut #{"n1" "n2"}}}
		#_ {:process 9} {:process 1, :type :invoke, :f :cas, :value [3 4], :time 20, :index 2}
		{:process 0, :type :ok, :f :write, :value 3, :time 30, :index 3, :error [:timeout "a \"b\""]}
		{:process 1, :type :info, :f :cas, :value [3 4], :time 40, :index 4}
		{:process 2, :type :invoke, :f :read, :value nil, :time 50, :index 5}
		{:process 2, :type :ok, :f :read, :value 4, :time 60, :index 6}`
	json := `{"process":0,"type":"invoke","f":"write","value":3,"time":10,"index":0}
		{"process":"nemesis","type":"info","f":"start"}
		{"process":1,"type":"invoke","f":"cas","value":[3,4],"time":20,"index":2}
		{"process":0,"type":"ok","f":"write","value":3,"time":30,"index":3}
		{"process":1,"type":"info","f":"cas","value":[3,4],"time":40,"index":4}
		{"process":2,"type":"invoke","f":"read","value":null,"time":50,"index":5}
		{"process":2,"type":"ok","f":"read","value":4,"time":60,"index":6}`
	keyed := strings.NewReplacer(":value 3", `:value ["x" 3]`, ":value [3 4]", `:value ["x" [3 4]]`, ":value nil", `:value ["x" nil]`, ":value 4", `:value ["x" 4]`)
	for name, c := range map[string]struct{ text, key string }{
		"EDN":              {edn, "register"},
		"EDN in a vector":  {"[" + edn + "]", "register"},
		"EDN with tags":    {strings.ReplaceAll(edn, "{:process", "#jepsen.history.Op {:process"), "register"},
		"EDN with keys":    {keyed.Replace(edn), `"x"`},
		"JSON":             {json, "register"},
		"JSON in an array": {"[" + strings.ReplaceAll(json, "}\n", "},\n") + "]", "register"},
	} {
		h, err := Parse("h", strings.NewReader(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := []string{
			`1 4 0 process 0 id 0, lines 1 and 4: write KEY 3: ok`,
			`3 0 1 process 1 id 2, lines 3 and 5: cas KEY 4 if 3: outcome unknown`,
			`6 7 2 process 2 id 5, lines 6 and 7: read KEY: 4`,
		}
		for i := range want {
			want[i] = strings.Replace(want[i], "KEY", c.key, 1)
		}
		if got := summaries(h); !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func summaries(h *History) []string {
	var all []string
	for i := range h.Ops {
		o := &h.Ops[i]
		all = append(all, strings.Join([]string{strconv.Itoa(o.Call), strconv.Itoa(o.Return), o.Client, o.Session, o.Where() + ":", o.String()}, " "))
	}
	return all
}

// Jepsen histories have neither versions nor zxids: the search judges them.
func TestJepsenVerdicts(t *testing.T) {
	const stale = `
		{:process 0 :type :invoke :f :write :value 1}
		{:process 0 :type :ok :f :write :value 1}
		{:process 1 :type :invoke :f :read}
		{:process 1 :type :ok :f :read :value nil}`
	for _, c := range []struct {
		name, text                         string
		writes, sequential, linear, strict Verdict
	}{
		{"a stale read", stale, Holds, Holds, Violated, Violated},
		{"a stale read after a fresh one", strings.ReplaceAll(stale, ":process 1", ":process 0"), Holds, Violated, Violated, Violated},
		{"an unknown cas that took effect", `
			{:process 0 :type :invoke :f :write :value 1}
			{:process 0 :type :ok :f :write :value 1}
			{:process 1 :type :invoke :f :cas :value [1 2]}
			{:process 1 :type :info :f :cas :value [1 2]}
			{:process 2 :type :invoke :f :read}
			{:process 2 :type :ok :f :read :value 2}`, Holds, Holds, Holds, Holds},
		{"a cas that cannot have", `
			{:process 0 :type :invoke :f :cas :value [1 2]}
			{:process 0 :type :ok :f :cas :value [1 2]}`, Violated, Violated, Violated, Violated},
		{"a cas that failed and was seen", `
			{:process 0 :type :invoke :f :write :value 1}
			{:process 0 :type :fail :f :write :value 1}
			{:process 1 :type :invoke :f :read}
			{:process 1 :type :ok :f :read :value 1}`, Holds, Violated, Violated, Violated},
	} {
		h, err := Parse("h", strings.NewReader(c.text))
		if err != nil {
			t.Fatal(err)
		}
		checks := Judge(h, Options{Budget: time.Minute}).Checks
		want := []Verdict{c.writes, c.sequential, c.linear}[:len(checks)]
		for i, check := range checks {
			if check.Verdict != want[i] || check.ByZxid || (check.Verdict == Violated && i != 2) != (len(check.Findings) > 0 && i != 2) {
				t.Errorf("%s: %s %v: %v", c.name, check.Property, check.Verdict, check.Findings)
			}
		}
		if got := Judge(h, Options{Budget: time.Minute, FreshReads: true}).Verdict(); got != c.strict {
			t.Errorf("%s: %v if reads must be fresh", c.name, got)
		}
	}
}
