package history

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// Whatever a file has, it is judged or there is one error that says where.
func tryToJudge(t *testing.T, text string) {
	h, err := Parse("fuzz", strings.NewReader(text))
	if err == nil {
		for _, c := range Judge(h, Options{Budget: 10 * time.Millisecond}).Checks {
			for _, f := range c.Findings {
				for _, o := range f.Ops {
					_ = o.Where() + o.String()
				}
			}
		}
		return
	}
	var at *SyntaxError
	if !errors.As(err, &at) || at.Line < 1 || at.Column < 1 || at.Message == "" {
		t.Errorf("%v", err)
	}
}

func FuzzJSON(f *testing.F) {
	f.Add(lines(record(random(3), 3, 2, 20)))
	f.Add(`{"t":13,"type":"final","args":{"by_server":{"2":{"k":{"value":true,"version":3,"zxid":"(1,4)"}}}}}`)
	f.Add(`{"t":1,"type":"invoke","id":1,"client":0,"op":"cas","key":"k","value":1,"expect_version":9}
		{"t":2,"type":"fail","id":1,"err":"BADVERSION"}`)
	f.Add(`[{"process":0,"type":"invoke","f":"cas","value":[3,4],"time":10,"index":0}]`)
	f.Fuzz(tryToJudge)
}

func FuzzEDN(f *testing.F) {
	f.Add(`{:process 0, :type :invoke, :f :write, :value 3, :time 10, :index 0} ; a comment
		{:process :nemesis, :type :info, :f :start, :value {:cut #{"n1" "n2"}}}
		#_ {:process 9} #jepsen.history.Op{:process 1, :type :invoke, :f :cas, :value [3 4]}
		{:process 0, :type :ok, :f :write, :value 3, :error [:timeout "a \"b\""]}`)
	f.Add(`[{:process 2 :type :invoke :f :read :value ["x" nil]} {:process 2 :type :ok :f :read :value ["x" 4N]}]`)
	f.Fuzz(tryToJudge)
}
