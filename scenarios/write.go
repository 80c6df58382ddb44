package scenarios

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// WriteTo writes the scenario as a file that loads to an equal scenario: as it
// was loaded, defaults filled in, without its variants and its sweep, which are
// scenarios of their own. It implements io.WriterTo.
//
// Each section is one line, or one line for each entry of a list, so that two
// files can be compared line by line.
func (s *Scenario) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	alone := *s
	alone.Variants, alone.Sweep = nil, nil
	v := reflect.ValueOf(&alone).Elem()
	for i := range v.NumField() {
		if field := v.Field(i); !field.IsZero() {
			if err := writeSection(&b, fieldName(v.Type().Field(i)), field); err != nil {
				return 0, err
			}
		}
	}
	return b.WriteTo(w)
}

// GoString returns the text of the file: what a test prints of a scenario that
// it drew.
func (s *Scenario) GoString() string {
	var b strings.Builder
	if _, err := s.WriteTo(&b); err != nil {
		return err.Error()
	}
	return b.String()
}

// writeSection writes one key of the file.
func writeSection(b *bytes.Buffer, key string, v reflect.Value) error {
	if start, ok := reflect.TypeAssert[*Start](v); ok {
		return start.writeTo(b)
	}
	_, special := reflect.TypeAssert[yaml.InterfaceMarshaler](v)
	if special || v.Kind() != reflect.Slice || v.Type().Elem().Kind() != reflect.Struct {
		fmt.Fprintf(b, "%s: ", key)
		return writeFlow(b, v.Interface())
	}
	fmt.Fprintf(b, "%s:\n", key)
	for i := range v.Len() {
		b.WriteString("  - ")
		if err := writeFlow(b, v.Index(i).Interface()); err != nil {
			return err
		}
	}
	return nil
}

// writeFlow writes a value on one line.
func writeFlow(b *bytes.Buffer, value any) error {
	if reflect.TypeOf(value).Kind() == reflect.Pointer {
		value = byField(reflect.ValueOf(value).Elem())
	}
	text, err := yaml.MarshalWithOptions(value, yaml.Flow(true), yaml.CustomMarshaler(quote))
	if err != nil {
		return fmt.Errorf("writing a scenario: %w", err)
	}
	b.Write(text)
	return nil
}

// plain are the texts that need no quotes, wherever they stand.
var plain = regexp.MustCompile(`^[\pL][\pL\pN]*([-_. ][\pL\pN]+)*$`)

// quote writes a text. The encoder of the YAML package leaves some without
// quotes that it then reads as something else, such as a tab.
func quote(text string) ([]byte, error) {
	if plain.MatchString(text) && !slices.Contains(notTexts, strings.ToLower(text)) {
		return []byte(text), nil
	}
	return strconv.AppendQuote(nil, text), nil
}

// notTexts are words that YAML does not read as text.
var notTexts = []string{"true", "false", "null"}

// MarshalYAML implements yaml.BytesMarshaler.
func (t Text) MarshalYAML() ([]byte, error) { return quote(string(t)) }

// byField returns the options of a protocol as they stand in a file.
func byField(v reflect.Value) yaml.MapSlice {
	var made yaml.MapSlice
	for i := range v.NumField() {
		field := v.Field(i)
		if kind := field.Kind(); (kind == reflect.Slice || kind == reflect.Map) && field.IsNil() {
			continue // a list that is absent says something else than an empty one
		}
		made = append(made, yaml.MapItem{Key: fieldName(v.Type().Field(i)), Value: field.Interface()})
	}
	return made
}

// MarshalYAML implements yaml.InterfaceMarshaler.
func (s Sites) MarshalYAML() (any, error) {
	return mapped(s, func(site Site) (string, any) { return site.Name, site.Servers })
}

// MarshalYAML implements yaml.InterfaceMarshaler.
func (b Boots) MarshalYAML() (any, error) {
	return mapped(b, func(boot Boot) (string, any) { return boot.Server, boot.At })
}

// MarshalYAML implements yaml.InterfaceMarshaler.
func (a Accounts) MarshalYAML() (any, error) {
	return mapped(a, func(account Account) (string, any) { return account.Name, account.Balance })
}

// MarshalYAML implements yaml.InterfaceMarshaler.
func (e Expected) MarshalYAML() (any, error) {
	return mapped(e, func(expectation Expectation) (string, any) {
		if expectation.Violates != "" {
			return expectation.Protocol, violates{expectation.Violates}
		}
		return expectation.Protocol, "pass"
	})
}

// mapped returns a list as the mapping that it is in a file, in its order.
func mapped[E any](list []E, entry func(E) (key string, value any)) (yaml.MapSlice, error) {
	made := make(yaml.MapSlice, len(list))
	for i, e := range list {
		made[i].Key, made[i].Value = entry(e)
	}
	return made, nil
}
