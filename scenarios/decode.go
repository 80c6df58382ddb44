package scenarios

import (
	"encoding"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// reader is implemented by types that files write in more than one way, or as
// a mapping whose order matters.
type reader interface {
	// fromNode sets the value to what the node says. It may leave alone what
	// does not fit: the schema complains about shapes.
	fromNode(d *decoder, n *node)
}

// decoder turns nodes into Go values and fills in the defaults of the keys
// that are missing, from the default tags of the fields. It never stops at a
// mistake: what does not fit is skipped, and validation against the schema
// says why.
type decoder struct{ r *reporter }

// decode sets *target to what the node says.
func (d *decoder) decode(n *node, target any) {
	d.value(n, reflect.ValueOf(target).Elem())
}

func (d *decoder) value(n *node, v reflect.Value) {
	switch target := v.Addr().Interface().(type) {
	case reader:
		target.fromNode(d, n)
		return
	case *time.Duration:
		d.duration(n, target)
		return
	case encoding.TextUnmarshaler:
		if n.kind == scalar && n.json != nil {
			if err := target.UnmarshalText([]byte(n.text)); err != nil {
				d.r.report(n, "%s", err)
			}
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem())
	case reflect.Struct:
		if n.kind == mapping || n.kind == absent {
			d.fields(n, v)
		}
	case reflect.Slice:
		if n.kind != list {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
		for i, item := range n.items {
			d.value(item, v.Index(i))
		}
	case reflect.Map:
		if n.kind == mapping {
			d.entries(n, v)
		}
	default:
		if n.kind == scalar {
			d.scalar(n, v)
		}
	}
}

func (d *decoder) duration(n *node, target *time.Duration) {
	if n.kind != scalar || n.json == nil {
		return
	}
	parsed, err := parseDuration(n.text)
	if err != nil {
		d.r.report(n, "%s", err)
	}
	*target = parsed
}

// fields decodes a mapping. Structs inside are visited even if the file does
// not mention them, for the sake of the defaults in them.
func (d *decoder) fields(n *node, v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		if field.Anonymous { // its keys are among ours
			d.fields(n, v.Field(i))
			continue
		}
		child := n.value(fieldName(field))
		fallback, hasDefault := field.Tag.Lookup("default")
		switch {
		case child.kind != absent:
			d.value(child, v.Field(i))
		case hasDefault:
			d.value(&node{kind: scalar, json: fallback, text: fallback}, v.Field(i))
		case field.Type.Kind() == reflect.Struct:
			d.value(child, v.Field(i))
		}
	}
}

// entries decodes a mapping into a Go map, whose keys read themselves.
func (d *decoder) entries(n *node, v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	for i, text := range n.keys {
		key, item := reflect.New(v.Type().Key()), reflect.New(v.Type().Elem())
		if err := key.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text.text)); err != nil {
			d.r.report(text, "%s", err)
			continue
		}
		d.value(n.items[i], item.Elem())
		v.SetMapIndex(key.Elem(), item.Elem())
	}
}

// scalar decodes a word, a number or a truth value.
func (d *decoder) scalar(n *node, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if n.json != nil {
			v.SetString(n.text)
		}
	case reflect.Bool:
		if b, ok := n.json.(bool); ok {
			v.SetBool(b)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		i, err := strconv.ParseInt(n.text, 0, v.Type().Bits())
		d.wholeNumber(n, err, true)
		v.SetInt(i)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		u, err := strconv.ParseUint(n.text, 0, v.Type().Bits())
		d.wholeNumber(n, err, false)
		v.SetUint(u)
	}
}

// wholeNumber reports a number that its type cannot hold and that the schema
// lets pass: one that is out of range, and one that YAML reads as whole but is
// not written so, such as 1.0 or 1__0. Text, fractions and, where there is no
// sign, numbers below zero are the schema's business.
func (d *decoder) wholeNumber(n *node, err error, signed bool) {
	_, isText := n.json.(string)
	f, isFloat := n.json.(float64)
	refused := isText || isFloat && f != math.Trunc(f) || !signed && strings.HasPrefix(n.text, "-")
	switch {
	case errors.Is(err, strconv.ErrRange):
		d.r.report(n, "%s is out of range", n.text)
	case err != nil && !refused:
		d.r.report(n, "%s is not written as a whole number", n.text)
	}
}

// fieldName returns the key under which a file writes a field: the name in its
// json tag, or its own in lower camel case: TickTime is tickTime, FLEPort is
// flePort.
func fieldName(f reflect.StructField) string {
	if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
		return name
	}
	runes := []rune(f.Name)
	for i, r := range runes {
		last := i+1 == len(runes)
		if !unicode.IsUpper(r) || i > 0 && !last && unicode.IsLower(runes[i+1]) {
			break
		}
		runes[i] = unicode.ToLower(r)
	}
	return string(runes)
}

// fromNode implements [reader].
func (s *Sites) fromNode(d *decoder, n *node) {
	for i, key := range n.keys {
		site := Site{Name: key.text}
		d.decode(n.items[i], &site.Servers)
		*s = append(*s, site)
	}
}

// fromNode implements [reader].
func (b *Boots) fromNode(d *decoder, n *node) {
	for i, key := range n.keys {
		boot := Boot{Server: key.text}
		d.decode(n.items[i], &boot.At)
		*b = append(*b, boot)
	}
}

// fromNode implements [reader].
func (a *Accounts) fromNode(d *decoder, n *node) {
	for i, key := range n.keys {
		account := Account{Name: key.text}
		d.decode(n.items[i], &account.Balance)
		*a = append(*a, account)
	}
}

// fromNode implements [reader].
func (e *Expected) fromNode(d *decoder, n *node) {
	for i, key := range n.keys {
		var v violates
		if n.items[i].kind == mapping {
			d.decode(n.items[i], &v)
		}
		*e = append(*e, Expectation{key.text, v.Violates})
	}
}
