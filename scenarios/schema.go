package scenarios

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	failure "github.com/santhosh-tekuri/jsonschema/v6/kind"
)

//go:embed scenario.schema.json
var schemaText []byte

// Schema returns the JSON Schema of scenario files, draft-07.
func Schema() []byte { return bytes.Clone(schemaText) }

// schema is the schema twice: ready to validate, and as the JSON that error
// messages take names and examples from.
type schema struct {
	compiled *jsonschema.Schema
	document any
}

// loadSchema panics if the embedded schema is not one: a broken build.
var loadSchema = sync.OnceValue(func() schema {
	const url = "zabsim:scenario"
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaText))
	if err != nil {
		panic(fmt.Sprintf("scenario.schema.json: %v", err))
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(url, document); err != nil {
		panic(fmt.Sprintf("scenario.schema.json: %v", err))
	}
	return schema{compiler.MustCompile(url), document}
})

// complaint is one way in which a file does not fit the schema.
type complaint struct {
	at    *node
	cause *jsonschema.ValidationError
}

// validate holds a file against the schema.
func validate(root *node) []complaint {
	var failed *jsonschema.ValidationError
	if !errors.As(loadSchema().compiled.Validate(root.asJSON()), &failed) {
		return nil
	}
	leaves := leavesOf(failed)
	// The validator walks maps, in any order. Sorted by their kinds, unknown
	// keys come before missing ones: a typo in a key explains a missing one.
	slices.SortFunc(leaves, func(a, b *jsonschema.ValidationError) int {
		return cmp.Or(
			slices.Compare(a.InstanceLocation, b.InstanceLocation),
			strings.Compare(fmt.Sprintf("%T", a.ErrorKind), fmt.Sprintf("%T", b.ErrorKind)))
	})
	complaints := make([]complaint, len(leaves))
	for i, leaf := range leaves {
		path := make([]any, len(leaf.InstanceLocation))
		for j, step := range leaf.InstanceLocation {
			path[j] = step
		}
		complaints[i] = complaint{root.at(path...), leaf}
	}
	return complaints
}

// aboutWords reports whether the complaint is that a word is not the right
// one. The passes that know what words mean say more about those.
func (c complaint) aboutWords() bool {
	switch path := c.cause.InstanceLocation; c.cause.ErrorKind.(type) {
	case *failure.Enum, *failure.AnyOf, *failure.Pattern:
		return true
	case *failure.AdditionalProperties: // these keys are names of protocols and properties
		return slices.Equal(path, []string{"expect"}) || len(path) == 3 && path[0] == "properties"
	}
	return false
}

// isKnown reports whether the complaint is about the name of a protocol that the
// schema does not have and the vocabulary does.
func (c complaint) isKnown(words vocabulary) bool {
	unknown := func(name string) bool { return words.protocol(name) == nil }
	switch k := c.cause.ErrorKind.(type) {
	case *failure.Enum:
		return slices.Equal(c.cause.InstanceLocation, []string{"protocol"}) && !unknown(c.at.text)
	case *failure.AdditionalProperties:
		return slices.Equal(c.cause.InstanceLocation, []string{"expect"}) && !slices.ContainsFunc(k.Properties, unknown)
	}
	return false
}

// asJSON returns the value of a node as a JSON document has it.
func (n *node) asJSON() any {
	switch n.kind {
	case mapping:
		m := make(map[string]any, len(n.keys))
		for i, key := range n.keys {
			m[key.text] = n.items[i].asJSON()
		}
		return m
	case list:
		l := make([]any, len(n.items))
		for i, item := range n.items {
			l[i] = item.asJSON()
		}
		return l
	default:
		return n.json
	}
}

// leavesOf returns the errors that are not made of others. Of a choice between
// several forms it follows the one that the file attempts: the first whose
// complaint is not just that the value is of another type.
func leavesOf(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	if _, isChoice := e.ErrorKind.(*failure.AnyOf); isChoice {
		for _, cause := range slices.Backward(e.Causes) {
			leaves := leavesOf(cause)
			if !slices.ContainsFunc(leaves, func(l *jsonschema.ValidationError) bool { return isOtherType(l, e) }) {
				return leaves
			}
		}
		return []*jsonschema.ValidationError{e}
	}
	var leaves []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		leaves = append(leaves, leavesOf(cause)...)
	}
	return leaves
}

// isOtherType reports whether leaf says that the value which has the choice is
// of another type than this form.
func isOtherType(leaf, choice *jsonschema.ValidationError) bool {
	if len(leaf.InstanceLocation) != len(choice.InstanceLocation) {
		return false
	}
	switch leaf.ErrorKind.(type) {
	case *failure.Type, *failure.Enum:
		return true
	}
	return false
}

// report puts the complaint in our words.
func (c complaint) report(r *reporter) {
	n, s := c.at, loadSchema()
	switch k := c.cause.ErrorKind.(type) {
	case *failure.AdditionalProperties:
		known := slices.Sorted(maps.Keys(s.properties(c.cause)))
		for _, name := range k.Properties {
			if key := n.key(name); key != nil {
				r.report(key, "%s", Unknown("key", name, known))
			}
		}
	case *failure.Required:
		for _, name := range k.Missing {
			if !n.misspells(name, slices.Sorted(maps.Keys(s.properties(c.cause)))) {
				r.report(n, "%s is missing; add \"%s: %s\"", name, name, s.example(c.cause, name))
			}
		}
	case *failure.Type:
		if k.Got == "null" {
			r.report(n, "there is nothing here; write %s", typeWords(k.Want))
			return
		}
		r.report(n, "this must be %s, not %s", typeWords(k.Want), typeWords([]string{k.Got}))
	case *failure.Enum:
		wanted := make([]string, len(k.Want))
		for i, want := range k.Want {
			wanted[i] = fmt.Sprint(want)
		}
		r.report(n, "%s", Unknown("value", n.text, wanted))
	case *failure.Minimum:
		r.report(n, "%s is too small; the least is %s", n.text, k.Want.RatString())
	case *failure.Maximum:
		r.report(n, "%s is too large; the most is %s", n.text, k.Want.RatString())
	case *failure.MinItems:
		r.report(n, "this list is empty")
	default:
		if !r.bad[n] {
			r.report(n, "%s does not fit here", n.describe())
		}
	}
}

// misspells reports whether one of the mapping's unknown keys is probably meant
// to be name.
func (n *node) misspells(name string, known []string) bool {
	return slices.ContainsFunc(n.keys, func(key *node) bool {
		near, _ := Nearest(key.text, known)
		return !slices.Contains(known, key.text) && near == name
	})
}

// describe names a node in an error message.
func (n *node) describe() string {
	switch n.kind {
	case mapping:
		return "a mapping"
	case list:
		return "a list"
	default:
		return strconv.Quote(n.text)
	}
}

var typeNames = map[string]string{
	"object": "a mapping", "array": "a list", "string": "text", "integer": "a whole number",
	"number": "a number", "boolean": "true or false",
}

func typeWords(types []string) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = typeNames[t]
	}
	return strings.Join(words, " or ")
}

// properties returns the keys that the schema behind an error knows.
func (s schema) properties(e *jsonschema.ValidationError) map[string]any {
	_, pointer, _ := strings.Cut(e.SchemaURL, "#")
	at := s.document
	for step := range strings.SplitSeq(strings.Trim(pointer, "/"), "/") {
		switch parent := at.(type) {
		case map[string]any:
			if step != "" {
				at = parent[step]
			}
		case []any:
			if i, err := strconv.Atoi(step); err == nil && i < len(parent) {
				at = parent[i]
			}
		}
	}
	properties, _ := at.(map[string]any)["properties"].(map[string]any)
	return properties
}

// example returns a value to suggest for a key that is missing.
func (s schema) example(e *jsonschema.ValidationError, key string) string {
	property, _ := s.properties(e)[key].(map[string]any)
	if examples, _ := property["examples"].([]any); len(examples) > 0 {
		if text, err := yaml.MarshalWithOptions(examples[0], yaml.Flow(true)); err == nil {
			return strings.Trim(string(text), "\"\n")
		}
	}
	if values, _ := property["enum"].([]any); len(values) > 0 {
		return fmt.Sprint(values[0])
	}
	return "..."
}
