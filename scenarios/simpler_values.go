package scenarios

import (
	"reflect"
	"slices"
	"strconv"
	"time"
)

// plainNetwork lets every message take as long as every other.
func plainNetwork(v *Scenario) bool {
	plain := Network{Within: Within{Range{time.Millisecond, time.Millisecond}}}
	plain.Between.Latency = plain.Within.Latency
	if v.Network == plain {
		return false
	}
	v.Network = plain
	return true
}

func plainDisk(v *Scenario) bool {
	plain := Disk{Range{time.Millisecond, time.Millisecond}}
	if v.Disk == plain {
		return false
	}
	v.Disk = plain
	return true
}

// plainClients lets clients ask every server, once.
func plainClients(v *Scenario) bool {
	changed := false
	for i := range v.Clients {
		c := &v.Clients[i]
		changed = changed || c.Attempt != 0 || c.Retry || c.Site != ""
		c.Attempt, c.Retry, c.Site = 0, false, ""
	}
	return changed
}

// plainAmounts moves one at a time.
func plainAmounts(v *Scenario) bool {
	changed := false
	for i := range v.Clients {
		for _, step := range v.Clients[i].Script {
			if step.Transfer != nil && step.Transfer.Amount != 1 {
				step.Transfer.Amount, changed = 1, true
			}
		}
		if load := v.Clients[i].Load; load != nil && load.Amount > 1 {
			load.Amount, changed = 1, true
		}
	}
	return changed
}

// plainFaults leaves open what faults have no need to say.
func plainFaults(v *Scenario) bool {
	changed := false
	for i := range v.Faults {
		f := &v.Faults[i]
		changed = changed || f.Optional
		f.Optional = false
	}
	return changed
}

// plainNames calls the clients a, b, c.
func plainNames(v *Scenario) bool {
	changed := false
	for i := range v.Clients {
		name := string(rune('a' + i%26))
		if i >= 26 {
			name += strconv.Itoa(i / 26)
		}
		changed = changed || v.Clients[i].Name != name
		v.Clients[i].Name = name
	}
	return changed
}

// flatten replaces sites by the servers in them.
func flatten(v *Scenario) bool {
	if v.Sites == nil {
		return false
	}
	v.Servers = nil
	for id := range v.serverSet().All() {
		v.Servers = append(v.Servers, id.String())
	}
	for i := range v.Clients {
		if c := &v.Clients[i]; c.Servers == nil && c.Site != "" {
			c.Servers = Who{c.Site}
		}
		v.Clients[i].Site = ""
	}
	eachWho(reflect.ValueOf(v).Elem(), func(names Who) Who {
		var all Who
		for _, name := range names {
			set := v.members(name)
			if set == 0 { // a role
				all = append(all, name)
			}
			for id := range set.All() {
				all = append(all, id.String())
			}
		}
		return all
	})
	v.Sites = nil
	return true
}

// withoutServer leaves out a server, and with it the faults and clients that
// are about no other.
func (s *Scenario) withoutServer(name string) bool {
	is := func(n string) bool { return n == name }
	named := s.serverSet()
	if named.Len() == 1 {
		return false
	}
	without := func(who Who) Who { return slices.DeleteFunc(who, is) }
	s.Servers = Servers(without(Who(s.Servers)))
	s.Observers = without(s.Observers)
	for i := range s.Sites {
		s.Sites[i].Servers = without(s.Sites[i].Servers)
	}
	s.Sites = slices.DeleteFunc(s.Sites, func(site Site) bool { return len(site.Servers) == 0 })
	s.Boot = slices.DeleteFunc(s.Boot, func(b Boot) bool { return b.Server == name })
	s.Clients = slices.DeleteFunc(s.Clients, func(c Client) bool { return slices.Equal(c.Servers, Who{name}) })
	for i := range s.Clients {
		s.Clients[i].Servers = without(s.Clients[i].Servers)
	}
	for i := len(s.Faults) - 1; i >= 0; i-- {
		emptied := false
		eachWho(reflect.ValueOf(&s.Faults[i]).Elem(), func(who Who) Who {
			rest := without(who)
			emptied = emptied || len(rest) == 0
			return rest
		})
		if emptied {
			s.Faults = slices.Delete(s.Faults, i, i+1)
		}
	}
	return true
}

// eachWho replaces every selection of servers in v that names somebody.
func eachWho(v reflect.Value, replace func(Who) Who) {
	if who, ok := reflect.TypeAssert[Who](v); ok {
		if len(who) > 0 {
			v.Set(reflect.ValueOf(replace(who)))
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			eachWho(v.Elem(), replace)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachWho(v.Index(i), replace)
		}
	case reflect.Struct:
		for _, f := range v.Fields() {
			eachWho(f, replace)
		}
	}
}
