package servers

import (
	"errors"
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// Setup says which executions of real nodes a [World] has.
type Setup struct {
	// Config is what the world is made of. Its Budget bounds faults and
	// timeouts: they are possible as long as something is left of it.
	Config *sim.Config
	// Header describes the world to the properties.
	Header *trace.Header
	// Properties are judged by their monitors. Those of kind Eventually speak
	// of time and cannot be judged here.
	Properties []checker.Property
	// Prefix is done before the search begins: a seeded start. Without one the
	// search begins when all servers have booted.
	Prefix sim.Schedule
	// Patient are the timers, by name, that may fire without charge when nothing
	// is left to be delivered, flushed or answered: those without which the
	// protocol would stand still. All other expiries cost one of
	// Budget.Timeouts.
	Patient []string
	// Watchful are timers that may fire without charge when nothing is left to
	// happen, at a server that does not reach some other one, or while one is down:
	// those by which servers notice that others are gone.
	Watchful []string
	// Deserted are timers that may do so if the servers that the server reaches are
	// no quorum: those by which servers notice that.
	Deserted []string
	// Epochs bounds the epochs: a step that brings a server beyond it is not
	// possible. 0: no bound.
	Epochs uint64
	// Elections bounds how often a server becomes a leader, Requests how many
	// operations clients ask for, InFlight how many messages are on their way at
	// the same time from one server to another on one channel. What would be beyond
	// is not possible. 0: no bound.
	Elections, Requests, InFlight int
	// Unmemoised has every step executed. It makes a search several times as slow, and
	// changes nothing else: it is for those who doubt a result, and for measurements.
	Unmemoised bool
	// Exact are differences by which to tell states apart although nothing depends
	// on them, some of [Differences].
	Exact []string
	// Merged has servers wait for no flush: see merged.go.
	Merged bool
	// Prompt has both ends of a connection know at once how it fares: see
	// connections.go.
	Prompt bool
	// Recovers has the property [Recovers] judged too: within so many actions
	// everything must be well again. 0: it is not judged.
	Recovers int
	// Goals are what [explore.Liveness] judges, some of [Goals]: each must hold again
	// and again on every fair execution. Timers then do not wait for clients, who may
	// ask for ever, and the watchful and the deserted ones fire as the patient ones do:
	// to find out that nobody is gone takes nothing but time.
	Goals []string
}

// New returns the model of a setup.
func New(setup Setup) (*World, error) {
	sh := &shared{
		Setup: setup, table: newTable[part](), outlines: newTable[struct{}](), edits: newTable[edit](), lives: newLives(), events: make(map[occasion]*Event),
		tree: newMemo(), edited: newMemo(), menu: newMemo(), elected: newMemo(),
		shown: newTable[[]uint32](), excerpts: newTable[[]trace.Event](), judged: newMemo(), heard: newMemo(),
	}
	for i := range setup.Properties {
		if p := &setup.Properties[i]; p.Kind == checker.Eventually {
			return nil, fmt.Errorf("explore: %s speaks of time, which an exploration leaves out", p.Name)
		}
	}
	if n := len(setup.Properties); n > 64 {
		return nil, fmt.Errorf("explore: %d properties; at most 64 are possible", n)
	}
	if err := checkGoals(setup.Goals); err != nil {
		return nil, err
	}
	b := &setup.Config.Budget
	if most := max(b.Crashes, b.MachineCrashes, b.Restarts, b.Partitions, b.Cuts, b.Pauses, b.Timeouts, setup.Elections, setup.Requests); most >= maxBudget {
		return nil, fmt.Errorf("explore: a budget of %d; it must stay below %d", most, maxBudget)
	}
	sh.config = *setup.Config
	sh.config.Plan.Faults, sh.config.Plan.Held = nil, 0
	sh.names = sim.Names{Protocol: sh.config.Protocol}
	for i := range sh.config.Clients {
		sh.names.Clients = append(sh.names.Clients, sh.config.Clients[i].Name)
	}
	var err error
	if sh.patient, err = sh.timers(setup.Patient); err != nil {
		return nil, err
	}
	if sh.watchful, err = sh.timers(setup.Watchful); err != nil {
		return nil, err
	}
	if sh.deserted, err = sh.timers(setup.Deserted); err != nil {
		return nil, err
	}
	if len(setup.Goals) > 0 {
		sh.unhurried = sh.watchful | sh.deserted
	}
	if setup.Prompt && len(setup.Goals) > 0 {
		return nil, errors.New("explore: what comes again and again is judged only where connections take their time: news of them come before all else, which is not fair")
	}
	if setup.Merged && b.MachineCrashes > 0 {
		return nil, errors.New("explore: merged steps leave a power loss nothing to take away; it needs fine steps")
	}
	if sh.config.Oracle && sh.config.Protocol.Elect == nil {
		return nil, fmt.Errorf("explore: %s does not say how an election in one step ends", sh.config.Protocol.Name)
	}
	if err := sh.layOut(); err != nil {
		return nil, err
	}
	if err := sh.chooseCanon(); err != nil {
		return nil, err
	}
	if err := sh.begin(); err != nil {
		return nil, err
	}
	if sh.recovery, err = newRecovery(sh); err != nil {
		return nil, err
	}
	if err := sh.settleInitial(); err != nil {
		return nil, err
	}
	return sh.fork(), nil
}

// timers returns which timers go by some names.
func (sh *shared) timers(names []string) (set uint64, err error) {
	for _, name := range names {
		i := slices.Index(sh.config.Protocol.Timers, name)
		if i < 0 {
			return 0, fmt.Errorf("explore: %s has no timer %q", sh.config.Protocol.Name, name)
		}
		set |= 1 << i
	}
	return set, nil
}

// layOut finds out which parts there are and where they lie in a state.
func (sh *shared) layOut() error {
	sh.parts = sim.New(&sh.config, nil, nil).Parts()
	if n := sh.all().Len(); n > maxLinks+1 {
		return fmt.Errorf("explore: %d servers; at most %d are possible", n, maxLinks+1)
	}
	if n := len(sh.config.Clients); n > maxClients {
		return fmt.Errorf("explore: %d clients; at most %d are possible", n, maxClients)
	}
	if n := len(sh.config.Protocol.Channels); n > maxChannels {
		return fmt.Errorf("explore: %d channels; at most %d are possible", n, maxChannels)
	}
	places := int(sh.all().Max()) + 1
	sh.server, sh.links, sh.around = make([]int, places), make([][]int, places), make([][]int, places)
	var between []int
	for slot, p := range sh.parts {
		switch {
		case p.Client != 0:
			sh.clients = append(sh.clients, slot)
			sh.sights = append(sh.sights, sight{slot: slot})
		case p.Peer != 0:
			between = append(between, slot)
			for ch := range sh.config.Protocol.Channels {
				sh.sights = append(sh.sights, sight{slot, nodes.Channel(ch), true})
			}
			sh.links[p.Server] = append(sh.links[p.Server], slot)
			sh.links[p.Peer] = append(sh.links[p.Peer], slot)
		case p.Server != 0:
			sh.servers = append(sh.servers, slot)
			sh.server[p.Server] = slot
		default:
			sh.rest = slot
		}
	}
	sh.judge = len(sh.parts)
	sh.order = slices.Concat(between, sh.clients, sh.servers, []int{sh.rest})
	for place := range places {
		if sh.all().Has(nodes.ID(place)) {
			sh.around[place] = append([]int{sh.server[place]}, sh.links[place]...)
		}
		sh.around[place] = slices.Concat(sh.around[place], sh.clients, []int{sh.rest})
	}
	return nil
}

func (sh *shared) all() nodes.Set { return sh.config.Voters | sh.config.Observers }

// beginning returns what is done before the search begins.
func (sh *shared) beginning() sim.Schedule {
	if sh.Prefix != nil {
		return slices.Clone(sh.Prefix)
	}
	var boots sim.Schedule
	for id := range sh.all().All() {
		boots = append(boots, sim.Scheduled{Action: sim.Action{Kind: sim.Start, Server: id}})
	}
	return boots
}

// begin does it and notes the state it leads to.
func (sh *shared) begin() error {
	sh.panels = panels(sh.Header, sh.Properties)
	var sittings []*sitting
	judges := trace.NewTee()
	for i := range sh.panels {
		sittings = append(sittings, sh.open(i))
		judges.Add(sittings[i])
	}
	live := sim.New(&sh.config, nil, judges)
	if _, err := sim.Replay(live, sh.beginning(), true); err != nil {
		return fmt.Errorf("explore: what comes before the search: %w", err)
	}
	for id := range sh.all().All() {
		sh.phases.Store(live.Status(id).Phase, nil)
	}
	var encoder nodes.Encoder
	for slot, p := range sh.parts {
		live.Canonize(p, sh.canon.parts)
		enc := live.AppendPart([]byte{byte(slot)}, p, &encoder)
		id, _ := sh.table.intern(enc, func() part { return sh.partOf(live, slot) })
		sh.lives.initial[id] = live.Part(p)
		sh.initial.put(sh.table, slot, id)
	}
	numbers := make([]uint32, len(sittings))
	for i, s := range sittings {
		numbers[i] = sh.internSitting(s, 0, 0)
		sh.lives.initial[numbers[i]] = s
	}
	sh.initial.put(sh.table, sh.judge, sh.internSittings(numbers))
	return nil
}
