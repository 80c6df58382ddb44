package scenarios

import (
	"iter"
	"reflect"
	"time"
)

// smallerOptions gives settings of the protocol the value that they have if nobody
// sets them, and those that count something less of it: with counters of two bits
// an epoch is full after three transactions.
func (s *Scenario) smallerOptions() iter.Seq[variation] {
	return func(yield func(variation) bool) {
		p := builtin().protocol(s.Protocol)
		if p == nil || p.Options == nil || s.Options == nil {
			return
		}
		set, usual := reflect.ValueOf(s.Options).Elem(), reflect.ValueOf(p.Options()).Elem()
		for i := range set.NumField() {
			if reflect.DeepEqual(set.Field(i).Interface(), usual.Field(i).Interface()) {
				continue
			}
			for _, value := range append([]reflect.Value{usual.Field(i)}, below(set.Field(i))...) {
				if !yield(func(v *Scenario) bool { return v.setOption(i, value) }) {
					return
				}
			}
		}
	}
}

// below returns the powers of two that are less than a number, the smallest first.
func below(v reflect.Value) []reflect.Value {
	if !v.CanInt() || v.Type() == reflect.TypeFor[time.Duration]() {
		return nil
	}
	var all []reflect.Value
	for n := int64(1); n < v.Int(); n *= 2 {
		all = append(all, reflect.ValueOf(n).Convert(v.Type()))
	}
	return all
}

// setOption gives field number i of the options a value. They are copied first:
// other scenarios share them.
func (s *Scenario) setOption(i int, value reflect.Value) bool {
	own := reflect.New(reflect.TypeOf(s.Options).Elem())
	own.Elem().Set(reflect.ValueOf(s.Options).Elem())
	own.Elem().Field(i).Set(value)
	s.Options = own.Interface()
	return true
}
