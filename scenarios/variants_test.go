package scenarios

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

const varied = `
version: 1
name: base
theme: tests
duration: 20s
options: {tickTime: 100ms, syncLimit: 3}
servers: 3
boot: {s2: 1s, s3: 2s}
faults:
  - {at: 5s, crash: s1}
properties:
  always: [agreement]
  sometimes: [client-ok]
variants:
  fewer:
    about: Two servers.
    options: {syncLimit: 4}
    servers: 2
    boot: {s2: 3s}
    properties:
      sometimes: [client-refused]
  calm:
    faults:
      - {at: 6s, pause: s2}
      - {at: 7s, resume: s2}
`

// A variant has what it says, and all else from the file: settings one by one,
// lists and what maps names as a whole.
func TestVariants(t *testing.T) {
	files := fstest.MapFS{"varied.yaml": {Data: []byte(varied)}}
	load := func(name string) *Scenario {
		t.Helper()
		s, err := Load(name, files)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	base, fewer, calm := load("varied.yaml"), load("varied.yaml/fewer"), load("varied.yaml/calm")
	if len(base.Variants) != 2 || fewer.Variants != nil {
		t.Errorf("%d variants, which have %d themselves", len(base.Variants), len(fewer.Variants))
	}
	if fewer.Name != "base/fewer" || fewer.Theme != "tests" || fewer.About != "Two servers." || fewer.Duration != 20*time.Second {
		t.Errorf("%q, %q, %q, %s", fewer.Name, fewer.Theme, fewer.About, fewer.Duration)
	}
	if options := strings.TrimSpace(section(t, fewer, "options")); !strings.Contains(options, "tickTime: 100ms") || !strings.Contains(options, "syncLimit: 4") {
		t.Errorf("options of both are not laid over each other: %s", options)
	}
	if want := (Boots{{"s2", 3 * time.Second}}); !reflect.DeepEqual(fewer.Boot, want) {
		t.Errorf("boot is %v, want %v", fewer.Boot, want)
	}
	if p := fewer.Properties; len(p.Always) != 1 || len(p.Sometimes) != 1 || p.Sometimes[0].Name != "client-refused" {
		t.Errorf("properties are %+v", p)
	}
	if !reflect.DeepEqual(fewer.Faults, base.Faults) || len(calm.Faults) != 2 || !reflect.DeepEqual(calm.Boot, base.Boot) {
		t.Errorf("faults of fewer %v, of calm %v; boot of calm %v", fewer.Faults, calm.Faults, calm.Boot)
	}
	fewer.Variants = nil
	requireRoundTrip(t, fewer)
}

// section returns what WriteTo writes under a key.
func section(t *testing.T, s *Scenario, key string) string {
	t.Helper()
	for line := range strings.Lines(writeString(t, s)) {
		if strings.HasPrefix(line, key+":") {
			return line
		}
	}
	return ""
}

func TestVariantsByName(t *testing.T) {
	files := fstest.MapFS{"dir/varied.yml": {Data: []byte(varied)}}
	for _, test := range []struct{ name, loaded, failure string }{
		{"dir/varied.yml", "base", ""},
		{"dir/varied.yml/fewer", "base/fewer", ""},
		{"dir/varied.yml/fever", "", `unknown variant of base "fever"; did you mean "fewer"?`},
		{"rejoin/empty", "rejoin/empty", ""},
		{"rejoin/emty", "", `unknown variant of rejoin "emty"; did you mean "empty"?`},
		{"recipes/calm", "", `unknown variant of recipes "calm"; there is none`},
		{"rejion/empty", "", `unknown scenario "rejion"; did you mean "rejoin"?`},
		{"./rejoin/empty", "", "there is no file ./rejoin/empty"},
	} {
		s, err := Load(test.name, files)
		switch {
		case test.failure == "" && (err != nil || s.Name != test.loaded):
			t.Errorf("Load(%q): %v, want %s", test.name, err, test.loaded)
		case test.failure != "" && (err == nil || !strings.Contains(err.Error(), test.failure)):
			t.Errorf("Load(%q): %v, want %q", test.name, err, test.failure)
		}
	}
}
