package nodestest

import (
	"bytes"
	"fmt"
	"reflect"
)

// checkEncodings tests that the encoding of every node that runs shows all of
// its fields.
func (tr *trial) checkEncodings(w *world) {
	for i := range w.servers {
		if n := w.servers[i].node; n != nil && tr.err == nil {
			tr.checkFields(n, reflect.TypeOf(n).String())
		}
	}
}

// checkFields tests that the encoding of v, a node, message or record, changes
// with every field. Each is changed in place and set back.
func (tr *trial) checkFields(v any, name string) {
	root := reflect.ValueOf(v)
	if root.Kind() == reflect.Pointer {
		root = root.Elem()
	} else {
		root = reflect.New(root.Type()).Elem()
		root.Set(reflect.ValueOf(v))
		v = root.Addr().Interface()
	}
	want := tr.encode(v)
	flip(root, name, func(path string) {
		if got, ok := tr.tryEncode(v); ok && bytes.Equal(got, want) {
			tr.fail("encoding", "%s can change and the encoding stays the same", path)
		}
	})
	if !bytes.Equal(tr.encode(v), want) {
		panic("nodestest: " + name + " was not set back")
	}
}

// tryEncode encodes what may make no sense any more. An encoding that panics
// on a changed field has seen it.
func (tr *trial) tryEncode(v any) (b []byte, ok bool) {
	defer func() { ok = recover() == nil }()
	return tr.encode(v), true
}

// flip changes v, and everything in it, one thing at a time: it calls look with
// the path of what it changed, and sets it back. v must be addressable.
func flip(v reflect.Value, path string, look func(path string)) {
	v = reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem() // unexported fields too
	try := func(changed reflect.Value, path string) {
		was := reflect.New(v.Type()).Elem()
		was.Set(v)
		v.Set(changed)
		look(path)
		v.Set(was)
	}
	as := func(x any) reflect.Value { return reflect.ValueOf(x).Convert(v.Type()) }
	switch v.Kind() {
	case reflect.Bool:
		try(as(!v.Bool()), path)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		try(as(v.Int()^1), path)
		try(as(v.Int()^-1<<(v.Type().Bits()-1)), path+" (its highest bit)")
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		try(as(v.Uint()^1), path)
		try(as(v.Uint()^1<<(v.Type().Bits()-1)), path+" (its highest bit)")
	case reflect.String:
		try(as(v.String()+"x"), path)
		if s := v.String(); s != "" {
			try(as(string(s[0]^1)+s[1:]), path)
		}
	case reflect.Array:
		flipElements(v, path, look)
	case reflect.Slice:
		longer := reflect.MakeSlice(v.Type(), v.Len()+1, v.Len()+1)
		reflect.Copy(longer, v)
		try(longer, path+" (its length)")
		if v.Len() > 0 {
			try(v.Slice(0, v.Len()-1), path+" (its length)")
		}
		flipElements(v, path, look)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Tag.Get("zabsim") != "-" && f.Name != "_" {
				flip(v.Field(i), path+"."+f.Name, look)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			try(reflect.Zero(v.Type()), path)
			flip(v.Elem(), path, look)
		}
	case reflect.Interface:
		if !v.IsNil() {
			try(reflect.Zero(v.Type()), path)
			flipInside(v, path, look)
		}
	default:
		panic(fmt.Sprintf("nodestest: %s: cannot change a %s", path, v.Type()))
	}
}

// flipElements flips the elements of a slice or array; of a long one the first
// and last few, for all have the same type.
func flipElements(v reflect.Value, path string, look func(string)) {
	const few = 4
	for i := range v.Len() {
		if i < few || i >= v.Len()-few {
			flip(v.Index(i), fmt.Sprintf("%s[%d]", path, i), look)
		}
	}
}

// flipInside flips what an interface holds: a pointer's target in place, a
// value by putting changed copies in.
func flipInside(v reflect.Value, path string, look func(string)) {
	inside := v.Elem()
	path = fmt.Sprintf("%s.(%s)", path, inside.Type())
	if inside.Kind() == reflect.Pointer {
		if !inside.IsNil() {
			flip(inside.Elem(), path, look)
		}
		return
	}
	c := reflect.New(inside.Type()).Elem()
	c.Set(inside)
	flip(c, path, func(path string) {
		v.Set(c)
		look(path)
	})
	v.Set(c)
}
