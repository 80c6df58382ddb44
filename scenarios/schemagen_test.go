package scenarios

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/nodes/zab"
)

var update = flag.Bool("update", false, "write the schema and the golden files instead of comparing")

// TestSchemaIsFresh makes the schema from the Go types and compares it with
// scenario.schema.json; go generate writes it.
func TestSchemaIsFresh(t *testing.T) {
	fresh := generateSchema(t, builtin())
	if *update {
		if err := os.WriteFile("scenario.schema.json", fresh, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if stored, err := os.ReadFile("scenario.schema.json"); err != nil || string(stored) != string(fresh) {
		t.Errorf("scenario.schema.json is stale (%v); run go generate ./scenarios", err)
	}
}

// generateSchema returns the JSON Schema of scenario files, in draft-07 terms,
// which is what editors understand.
func generateSchema(t *testing.T, words vocabulary) []byte {
	t.Helper()
	g := schemaGenerator{t, words}
	s := g.schema(reflect.TypeFor[Scenario]())
	s.Schema = "http://json-schema.org/draft-07/schema#"
	s.Title = "zabsim scenario"
	s.Description = "A run of zabsim: servers, network, clients, faults, and what must hold."
	s.Properties["version"] = &jsonschema.Schema{Enum: []any{1}, Description: s.Properties["version"].Description}
	s.Properties["protocol"].Enum = anys(words.protocolNames())
	s.Properties["options"] = g.options(s.Properties["options"].Description)
	s.Properties["start"].Properties["servers"].AdditionalProperties = g.schema(reflect.TypeFor[RemnantFiles]())
	for _, kind := range []checker.Kind{checker.Always, checker.Eventually, checker.Sometimes} {
		s.Properties["properties"].Properties[kind.String()].Items = g.claim(kind)
	}
	s.Properties["variants"] = variants(s)
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// variants is the schema of the variants of a scenario: the keys of a scenario,
// none of them required, but those that are about the file.
func variants(of *jsonschema.Schema) *jsonschema.Schema {
	variant := &jsonschema.Schema{
		Type: "object", Properties: map[string]*jsonschema.Schema{}, PatternProperties: of.PatternProperties,
		AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}},
	}
	for name := range of.Properties {
		if !slices.Contains(ownKeys, name) {
			variant.Properties[name] = &jsonschema.Schema{Ref: "#/properties/" + name}
		}
	}
	return &jsonschema.Schema{Type: "object", Description: of.Properties["variants"].Description, AdditionalProperties: variant}
}

type schemaGenerator struct {
	t     *testing.T
	words vocabulary
}

// schema infers the schema of a type and adjusts it to what files look like.
func (g schemaGenerator) schema(of reflect.Type) *jsonschema.Schema {
	special := g.special()
	s, err := jsonschema.ForType(of, &jsonschema.ForOptions{TypeSchemas: special})
	if err != nil {
		g.t.Fatalf("schema of %s: %v", of, err)
	}
	adjust(s, of, special)
	return s
}

// adjust walks a schema along with the type it was made from.
func adjust(s *jsonschema.Schema, of reflect.Type, special map[reflect.Type]*jsonschema.Schema) {
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if i := slices.Index(s.Types, "null"); i >= 0 { // Go slices and pointers can be nil, keys in files cannot
		s.Type, s.Types = s.Types[1-i], nil
	}
	if _, done := special[of]; done {
		return
	}
	switch of.Kind() {
	case reflect.Struct:
		s.PatternProperties = map[string]*jsonschema.Schema{"^x-": {}}
		for field := range of.Fields() {
			adjustField(s, field, special)
		}
	case reflect.Slice:
		s.MinItems = new(1)
		adjust(s.Items, of.Elem(), special)
	case reflect.Int:
		s.Minimum, s.Maximum = new(0.0), new(1e9)
	case reflect.Int64, reflect.Uint64:
		s.Minimum = new(0.0)
	}
}

// adjustField gives the schema of a field what the field's tags say.
func adjustField(s *jsonschema.Schema, field reflect.StructField, special map[reflect.Type]*jsonschema.Schema) {
	if field.Anonymous { // its keys are among ours
		for inner := range field.Type.Fields() {
			adjustField(s, inner, special)
		}
		return
	}
	name := fieldName(field)
	property := s.Properties[name]
	adjust(property, field.Type, special)
	if text, ok := field.Tag.Lookup("default"); ok {
		quoted := strconv.Quote(text)
		if property.Type == "integer" {
			quoted = text
		}
		property.Default = json.RawMessage(quoted)
	}
	if text, ok := field.Tag.Lookup("example"); ok {
		var example any
		if err := yaml.Unmarshal([]byte(text), &example); err != nil {
			panic(err)
		}
		property.Examples = []any{example}
	}
}

// options lists the options of all protocols: which of them belong to which is
// for the loader to say.
func (g schemaGenerator) options(description string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Description: description, Properties: map[string]*jsonschema.Schema{}}
	for _, p := range g.words.protocols {
		if p.Options == nil {
			continue
		}
		for field := range reflect.TypeOf(p.Options()).Elem().Fields() {
			option, err := jsonschema.ForType(field.Type, &jsonschema.ForOptions{TypeSchemas: g.special()})
			if err != nil {
				g.t.Fatalf("option %s of %s: %v", field.Name, p.Name, err)
			}
			if field.Type.Kind() == reflect.Slice {
				adjust(option, field.Type, g.special())
			}
			s.Properties[fieldName(field)] = option
		}
	}
	return s
}

// claim is the schema of one property in one of the three lists.
func (g schemaGenerator) claim(kind checker.Kind) *jsonschema.Schema {
	plain := &jsonschema.Schema{Enum: anys(g.words.propertyNames(kind))}
	with := &jsonschema.Schema{
		Type: "object", Properties: map[string]*jsonschema.Schema{},
		AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}}, MaxProperties: new(1),
	}
	s := &jsonschema.Schema{AnyOf: []*jsonschema.Schema{plain, with}}
	switch kind {
	case checker.Always:
		return plain
	case checker.Eventually:
		for _, name := range g.words.propertyNames(kind) {
			with.Properties[name] = g.schema(reflect.TypeFor[params]())
		}
	case checker.Sometimes:
		for _, family := range families {
			with.Properties[family] = &jsonschema.Schema{Type: "string"}
		}
		pattern := "^(" + strings.Join(families, "|") + "):."
		s.AnyOf = append(s.AnyOf, &jsonschema.Schema{Type: "string", Pattern: pattern})
	}
	return s
}

// special are the types that files write in another way than Go values.
func (g schemaGenerator) special() map[reflect.Type]*jsonschema.Schema {
	object := func(values *jsonschema.Schema) *jsonschema.Schema {
		return &jsonschema.Schema{Type: "object", AdditionalProperties: values}
	}
	duration := &jsonschema.Schema{Type: "string", Pattern: `^([0-9.]+(ns|us|µs|ms|s|m|h))+$`}
	server := &jsonschema.Schema{Type: "string", Pattern: `^s[1-9][0-9]?$`}
	servers := &jsonschema.Schema{Type: "array", Items: server, MinItems: new(1)}
	name := &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Enum: anys(roleNames())}, {Type: "string"}}}
	who := &jsonschema.Schema{AnyOf: append(name.AnyOf, &jsonschema.Schema{Type: "array", Items: name, MinItems: new(1)})}
	outcome := &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Enum: []any{"pass"}}, {
		Type: "object", Required: []string{"violates"}, AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}},
		Properties: map[string]*jsonschema.Schema{"violates": {Enum: anys(g.words.violable())}},
	}}}
	expected := object(&jsonschema.Schema{Not: &jsonschema.Schema{}})
	expected.Properties = map[string]*jsonschema.Schema{}
	for _, protocol := range g.words.protocolNames() {
		expected.Properties[protocol] = outcome
	}
	return map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[time.Duration](): duration,
		reflect.TypeFor[Range]():         {Type: "string", Pattern: `^[0-9.]+[a-zµ]+[0-9a-zµ.]*$`},
		reflect.TypeFor[Rate]():          {Type: "string", Pattern: `^([0-9]+(\.[0-9]{1,4})?%|[0-9]+ppm)$`},
		reflect.TypeFor[zab.Member]():    server,
		reflect.TypeFor[Zxid]():          {Types: []string{"string", "number"}},
		reflect.TypeFor[Span]():          {Types: []string{"string", "number"}},
		reflect.TypeFor[Data]():          {Types: []string{"string", "number"}},
		reflect.TypeFor[SessionName]():   {Types: []string{"string", "integer"}},
		reflect.TypeFor[ErrorName]():     {Types: []string{"string", "integer"}},
		reflect.TypeFor[Text]():          {Types: []string{"string", "integer"}},
		reflect.TypeFor[All]():           {Enum: []any{"all"}},
		reflect.TypeFor[Event]():         {AnyOf: []*jsonschema.Schema{{Enum: anys(eventNames)}, {Type: "string", Pattern: "^[A-Z]+$"}}},
		reflect.TypeFor[Of]():            {Enum: []any{"next-proposal"}},
		reflect.TypeFor[Strategy]():      {Enum: anys(strategies)},
		reflect.TypeFor[Wake]():          {Enum: anys(wakes)},
		reflect.TypeFor[Shift]():         {Type: "string", Pattern: `^-?([0-9.]+(ns|us|µs|ms|s|m|h))+$`},
		reflect.TypeFor[PPM]():           {Type: "integer", Minimum: new(-999_999.0), Maximum: new(999_999.0)},
		reflect.TypeFor[Who]():           who,
		reflect.TypeFor[Servers]():       {AnyOf: []*jsonschema.Schema{{Type: "integer", Minimum: new(1.0), Maximum: new(maxCount * 1.0)}, servers}},
		reflect.TypeFor[Sites]():         object(servers),
		reflect.TypeFor[Boots]():         object(duration),
		reflect.TypeFor[Remnants]():      object(&jsonschema.Schema{}), // generateSchema says more
		reflect.TypeFor[Crowd]():         object(&jsonschema.Schema{Type: "integer", Minimum: new(0.0), Maximum: new(mostInGroup * 1.0)}),
		reflect.TypeFor[Accounts]():      object(&jsonschema.Schema{Type: "integer", Minimum: new(0.0), Maximum: new(1e12)}),
		reflect.TypeFor[Expected]():      expected,
		reflect.TypeFor[Claim]():         {},
		reflect.TypeFor[Variants]():      {},
		reflect.TypeFor[Setting]():       {},
	}
}

func anys(names []string) []any {
	values := make([]any, len(names))
	for i, name := range names {
		values[i] = name
	}
	return values
}
