package nodes

import (
	"encoding/binary"
	"fmt"
	"reflect"
)

// An Encoder turns values into bytes by reflection, so that no field of a
// node's state can be forgotten: a field that an encoding leaves out makes
// different states look equal, and the model checker silently skips one.
//
// The encoding is canonical (equal values have equal encodings) and
// prefix-free (no encoding of a type begins with another one of that type, so
// encodings can be put one after the other). It covers unexported fields too:
//
//   - integers and bools: varints, one byte
//   - strings and slices: the length, then the content; nil and empty slices
//     are equal, because protocols do not tell them apart
//   - arrays and structs: their elements and fields in order
//   - interfaces: the name of the dynamic type, then the value; nil has no name
//   - a value with a method AppendTo([]byte) []byte: what that appends, whether
//     it is a pointer or not. Messages, records and immutable values that
//     several nodes point to are encoded like this
//   - a [StateMachine] without AppendTo: its Snapshot
//   - the pointer given to Append, and pointers to structs in a field tagged
//     `zabsim:"own"`: what they point to, which belongs to this value alone
//
// A field tagged `zabsim:"-"` is left out: a constant, or something that
// follows from the other fields. All else panics, naming the path of the
// field: maps (no order), floats (not the same everywhere), functions and
// channels (no content), other pointers (shared, or cyclic).
//
// The zero Encoder is ready to use. It works out once for each type how to
// encode it and then allocates nothing. It is a value that somebody owns, and
// not a cache of the package, because that would be shared state on the path
// of every decision; it must not be used by two goroutines at once.
type Encoder struct {
	plans map[planKey]*plan // looked up, never ranged over
	names map[string]reflect.Type
}

// AppendValue appends the encoding of v to b, as [Encoder.Append] does. It
// works out anew how; whoever encodes often keeps an Encoder.
func AppendValue(b []byte, v any) []byte {
	var e Encoder
	return e.Append(b, v)
}

// Append appends the encoding of v to b. Pass a pointer to a struct rather
// than the struct: it need not be copied then. Both are encoded alike.
func (e *Encoder) Append(b []byte, v any) []byte {
	value := reflect.ValueOf(v)
	switch {
	case v == nil, value.Kind() == reflect.Pointer && value.IsNil():
		panic("nodes: nil cannot be encoded")
	case knowsHow(v):
		return framed(b, v)
	case value.Kind() == reflect.Pointer:
		value = value.Elem()
	default:
		value = addressable(value)
	}
	return e.append(b, e.plan(value.Type(), false, value.Type().String()), value)
}

// appender is a value that encodes itself.
type appender interface{ AppendTo(b []byte) []byte }

// append appends v as its plan says.
func (e *Encoder) append(b []byte, p *plan, v reflect.Value) []byte {
	switch p.form {
	case asBool:
		if v.Bool() {
			return append(b, 1)
		}
		return append(b, 0)
	case asInt:
		return binary.AppendVarint(b, v.Int())
	case asUint:
		return binary.AppendUvarint(b, v.Uint())
	case asText:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		return append(b, v.String()...)
	case asBytes:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		return append(b, v.Bytes()...)
	case asSlice:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		fallthrough
	case asArray:
		for i := range v.Len() {
			b = e.append(b, p.elem, v.Index(i))
		}
		return b
	case asStruct:
		for i := range p.fields {
			b = e.append(b, p.fields[i].plan, v.Field(p.fields[i].index))
		}
		return b
	case asPointer:
		if v.IsNil() {
			return append(b, 0)
		}
		return e.append(append(b, 1), p.elem, v.Elem())
	case asDynamic:
		return e.appendDynamic(b, p, exported(v).Interface())
	case asMethod:
		return framed(b, exported(v).Addr().Interface())
	case asMethodOfPointer:
		if v.IsNil() {
			return append(b, 0)
		}
		return framed(append(b, 1), exported(v).Interface())
	default:
		panic(fmt.Sprintf("nodes: no way to encode a %s", v.Type()))
	}
}

// appendDynamic appends what an interface holds.
func (e *Encoder) appendDynamic(b []byte, p *plan, x any) []byte {
	if x == nil {
		return append(b, 0)
	}
	t := reflect.TypeOf(x)
	name := t.String()
	if e.names[name] != t {
		e.claim(name, t)
	}
	b = binary.AppendUvarint(b, uint64(len(name)))
	b = append(b, name...)
	if knowsHow(x) {
		return framed(b, x)
	}
	dynamic := e.plan(t, p.own, p.path)
	v := reflect.ValueOf(x)
	if dynamic.addressed {
		v = addressable(v)
	}
	return e.append(b, dynamic, v)
}

// claim makes sure that a name in an encoding stands for one type only.
func (e *Encoder) claim(name string, t reflect.Type) {
	if other := e.names[name]; other != nil {
		panic(fmt.Sprintf("nodes: two types are called %s: in %s and in %s", name, t.PkgPath(), other.PkgPath()))
	}
	if e.names == nil {
		e.names = make(map[string]reflect.Type)
	}
	e.names[name] = t
}

// knowsHow reports whether x can be framed.
func knowsHow(x any) bool {
	switch x.(type) {
	case appender, StateMachine:
		return true
	default:
		return false
	}
}

// framed appends what x says of itself, behind its length: four bytes, so that
// they can be filled in afterwards. What x says need not be prefix-free.
func framed(b []byte, x any) []byte {
	start := len(b) + 4
	b = append(b, 0, 0, 0, 0)
	switch x := x.(type) {
	case appender:
		b = x.AppendTo(b)
	case StateMachine:
		b = x.Snapshot(b)
	}
	binary.BigEndian.PutUint32(b[start-4:], uint32(len(b)-start))
	return b
}

// exported returns an addressable v as if it had been reached by exported
// fields only, so that its methods can be called.
func exported(v reflect.Value) reflect.Value {
	return reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
}

// addressable returns a copy of v that has an address.
func addressable(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c
}
