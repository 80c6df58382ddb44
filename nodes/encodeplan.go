package nodes

import (
	"fmt"
	"reflect"
)

// plan says how an [Encoder] encodes the values of one type.
type plan struct {
	form   form
	elem   *plan   // asSlice, asArray, asPointer
	fields []field // asStruct
	// addressed says that values must have an address: somewhere inside is a
	// method to call or an interface to look into.
	addressed bool
	own       bool   // asDynamic: a pointer inside may be followed
	path      string // asDynamic: for messages
}

type field struct {
	index int
	plan  *plan
}

type planKey struct {
	reflect.Type
	own bool
}

// form is the way in which a plan encodes.
type form uint8

const (
	unplanned form = iota
	asBool
	asInt
	asUint
	asText
	asBytes
	asSlice
	asArray
	asStruct
	asPointer
	asDynamic
	asMethod          // by its own method, or that of its address
	asMethodOfPointer // the same for a pointer, which may be nil
)

var (
	appenderType = reflect.TypeFor[appender]()
	machineType  = reflect.TypeFor[StateMachine]()
)

// encodesItself is knowsHow for the values of a type.
func encodesItself(t reflect.Type) bool {
	return t.Implements(appenderType) || t.Implements(machineType)
}

// plan returns the plan for t, making it the first time. own says whether a
// pointer met before the next struct may be followed, path where t was met.
func (e *Encoder) plan(t reflect.Type, own bool, path string) *plan {
	key := planKey{t, own}
	if p := e.plans[key]; p != nil {
		return p
	}
	if e.plans == nil {
		e.plans = make(map[planKey]*plan)
	}
	p := &plan{own: own, path: path}
	e.plans[key] = p // before it is complete: t may contain itself
	e.fill(p, t)
	return p
}

// fill completes the plan for t, or panics if there is none.
func (e *Encoder) fill(p *plan, t reflect.Type) {
	kind := t.Kind()
	switch {
	case kind == reflect.Interface:
		p.form, p.addressed = asDynamic, true
		return
	case kind == reflect.Pointer && encodesItself(t):
		p.form, p.addressed = asMethodOfPointer, true
		return
	case encodesItself(reflect.PointerTo(t)):
		p.form, p.addressed = asMethod, true
		return
	}
	switch kind {
	case reflect.Bool:
		p.form = asBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.form = asInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		p.form = asUint
	case reflect.String:
		p.form = asText
	case reflect.Slice:
		p.form, p.elem = asSlice, e.plan(t.Elem(), p.own, p.path+"[]")
		if p.elem.form == asUint && t.Elem().Kind() == reflect.Uint8 {
			p.form = asBytes
		}
	case reflect.Array:
		p.form, p.elem = asArray, e.plan(t.Elem(), p.own, p.path+"[]")
		p.addressed = p.elem.addressed
	case reflect.Struct:
		e.fillStruct(p, t)
	case reflect.Pointer:
		if !p.own || t.Elem().Kind() != reflect.Struct {
			panic(fmt.Sprintf("nodes: cannot encode %s: %s may be shared; give the type a method AppendTo, "+
				"or tag the field `zabsim:\"own\"` if it points to a struct that nothing else points to", p.path, t))
		}
		p.form, p.elem = asPointer, e.plan(t.Elem(), false, p.path)
	default:
		panic(fmt.Sprintf("nodes: cannot encode %s: a %s has no canonical form", p.path, t))
	}
}

func (e *Encoder) fillStruct(p *plan, t reflect.Type) {
	p.form = asStruct
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("zabsim")
		if tag == "-" || f.Name == "_" {
			continue
		}
		if tag != "" && tag != "own" {
			panic(fmt.Sprintf("nodes: %s.%s has an unknown tag zabsim:%q", p.path, f.Name, tag))
		}
		inner := e.plan(f.Type, tag == "own", p.path+"."+f.Name)
		p.fields = append(p.fields, field{i, inner})
		p.addressed = p.addressed || inner.addressed
	}
}
