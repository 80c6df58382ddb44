package scenarios

import "time"

// Fault is one thing that goes wrong: besides At, When and For, one field is
// set. See faults.Fault for what each does.
type Fault struct {
	At   time.Duration `json:"at,omitempty" example:"10s" jsonschema:"When it strikes; with when, not before."`
	When *When         `json:"when,omitempty" jsonschema:"Strike right after an event instead of at a time."`

	Partition    []Who `json:"partition,omitempty" jsonschema:"Nothing passes between the sides: [[shanghai], [guangzhou]] or [leader, others]."`
	Cut          *Cut  `json:"cut,omitempty" jsonschema:"Nothing passes between some servers and some others: {between: leader, and: s2}, or one way: {from: leader, to: s2}."`
	Heal         All   `json:"heal,omitempty" jsonschema:"All partitions and cuts end. Write heal: all."`
	Crash        Who   `json:"crash,omitempty" jsonschema:"The process dies; what it wrote to disk stays."`
	MachineCrash Who   `json:"machine-crash,omitempty" jsonschema:"Power loss: what was not fsynced may be gone."`
	Restart      Who   `json:"restart,omitempty" jsonschema:"Servers that are down start again."`
	Pause        Who   `json:"pause,omitempty" jsonschema:"The process stands still, as in a long garbage collection."`
	Resume       Who   `json:"resume,omitempty" jsonschema:"A paused process goes on."`

	For time.Duration `json:"for,omitempty" jsonschema:"Undo the fault after this time: heal, restart or resume."`
}

// All is the word "all", where nothing else can be said.
type All string

// Cut cuts links: both ways (Between, And) or one way (From, To).
type Cut struct {
	Between Who `json:"between,omitempty" jsonschema:"One end; both directions are cut."`
	And     Who `json:"and,omitempty" jsonschema:"The other end."`
	From    Who `json:"from,omitempty" jsonschema:"The end that cannot be heard; only this direction is cut."`
	To      Who `json:"to,omitempty" jsonschema:"The end that does not hear it."`
}

// When ties a fault to an event; see faults.Trigger.
type When struct {
	Event   Event  `json:"event" example:"durable" jsonschema:"The kind of event."`
	Message string `json:"message,omitempty" jsonschema:"For send and deliver: only messages of this kind, such as PROPOSAL."`
	Server  Who    `json:"server,omitempty" jsonschema:"Only events at these servers."`
	Count   int    `json:"count,omitempty" default:"1" jsonschema:"Strike at this many of them. With fresh, each server counts once."`
	Fresh   bool   `json:"fresh,omitempty" jsonschema:"Count only events about one transaction that is new after at: the next proposal."`
}

// Event names a kind of trace event that faults can wait for.
type Event string
