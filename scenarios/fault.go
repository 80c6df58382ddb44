package scenarios

import "time"

// Fault is one thing that goes wrong: besides At, When and what says how long
// and how often, one field is set. See faults.Kind for what each does.
type Fault struct {
	At   time.Duration `json:"at,omitempty" example:"10s" jsonschema:"When it strikes; with when, not before."`
	When *When         `json:"when,omitempty" jsonschema:"Strike right after an event, or right before one, instead of at a time."`

	Partition []Who      `json:"partition,omitempty" jsonschema:"Nothing passes between the sides: [[shanghai], [guangzhou]] or [leader, others]."`
	Bridge    []Who      `json:"bridge,omitempty" jsonschema:"The sides overlap: nothing passes between servers that share none, [[s1, s2, s3], [s3, s4, s5]]."`
	Cut       *Cut       `json:"cut,omitempty" jsonschema:"Nothing passes between some servers and some others, and nobody is told: {between: leader, and: s2}, or one way: {from: leader, to: s2}."`
	Heal      All        `json:"heal,omitempty" jsonschema:"All partitions and cuts end. Write heal: all."`
	Reset     *Cut       `json:"reset,omitempty" jsonschema:"All connections between some servers and some others break, and both ends are told: {between: leader, and: s2}."`
	Latency   *Latency   `json:"latency,omitempty" jsonschema:"A slow link: {between: s1, and: others, add: 200ms}."`
	Bandwidth *Bandwidth `json:"bandwidth,omitempty" jsonschema:"A narrow link, on which messages queue: {from: leader, to: s2, bytes: 10000}."`
	Loss      *Odds      `json:"loss,omitempty" jsonschema:"Messages of a mailbox or datagram channel are lost: {from: s1, to: others, on: election, rate: 5%}."`
	Duplicate *Odds      `json:"duplicate,omitempty" jsonschema:"They come twice."`
	Reorder   *Odds      `json:"reorder,omitempty" jsonschema:"They are overtaken by later ones."`
	Hold      *Hold      `json:"hold,omitempty" jsonschema:"Messages are held back, and what is behind them on the same connection: {from: s5, to: others, on: election, messages: [NOTIFICATION]}."`

	Crash        Who       `json:"crash,omitempty" jsonschema:"The process dies; what it wrote to disk stays."`
	MachineCrash Who       `json:"machine-crash,omitempty" jsonschema:"Power loss: what was not fsynced may be gone."`
	Restart      Who       `json:"restart,omitempty" jsonschema:"Servers that are down start again."`
	Pause        Who       `json:"pause,omitempty" jsonschema:"The process stands still, as in a long garbage collection."`
	Resume       Who       `json:"resume,omitempty" jsonschema:"A paused process goes on."`
	Slow         *SlowStep `json:"slow,omitempty" jsonschema:"Each step of a server takes time: {servers: s1, step: 5ms}."`

	Wipe     Who       `json:"wipe,omitempty" jsonschema:"Servers that are down lose all they have on disk."`
	Copy     *Copy     `json:"copy,omitempty" jsonschema:"A server that is down gets what another has on disk: {from: s1, to: s2}."`
	Backup   Who       `json:"backup,omitempty" jsonschema:"What is on disk is kept."`
	Restore  Who       `json:"restore,omitempty" jsonschema:"Servers that are down get back what backup kept."`
	SlowDisk *SlowDisk `json:"slow-disk,omitempty" jsonschema:"Fsyncs take longer: {servers: leader, add: 300ms}."`
	DiskFail Who       `json:"disk-fail,omitempty" jsonschema:"Every fsync fails."`
	DiskFull Who       `json:"disk-full,omitempty" jsonschema:"Every write fails."`
	DiskLie  Who       `json:"disk-lie,omitempty" jsonschema:"Every fsync says that it is done and does nothing."`
	Rot      *Rot      `json:"rot,omitempty" jsonschema:"A bit of a record flips; its checksum shows it when it is read: {servers: s1, file: log}."`

	Drift *Drift `json:"drift,omitempty" jsonschema:"The clock gains or loses, which moves timers and nothing else: {servers: s1, ppm: -200}."`
	Jump  *Jump  `json:"jump,omitempty" jsonschema:"The clock jumps: {servers: s1, by: -5s}."`

	Torn   bool          `json:"torn,omitempty" jsonschema:"With machine-crash: it strikes in the middle of a write and leaves a part of a record."`
	Wake   Wake          `json:"wake,omitempty" jsonschema:"With pause and resume: what a server takes up first when it goes on; in the order it came up if left out."`
	For    time.Duration `json:"for,omitempty" jsonschema:"Undo the fault after this time: heal, restart, resume, as before."`
	Repeat *Repeat       `json:"repeat,omitempty" jsonschema:"Strike again and again, such as a link that flaps: {every: 2s, times: 5}."`
	// Optional faults are those that a swarm drew: who is up by then was nobody's
	// business.
	Optional bool `json:"optional,omitempty" jsonschema:"It is no news if there is nobody to strike."`
}

// All is the word "all", where nothing else can be said.
type All string

// Wake is the word for the order in which a server wakes up; see faults.Wake.
type Wake string

// Cut names links: both ways (Between, And) or one way (From, To).
type Cut struct {
	Between Who `json:"between,omitempty" jsonschema:"One end; it is about both directions."`
	And     Who `json:"and,omitempty" jsonschema:"The other end."`
	From    Who `json:"from,omitempty" jsonschema:"The end that sends; it is about this direction only."`
	To      Who `json:"to,omitempty" jsonschema:"The end that receives."`
}

// Latency makes links slow.
type Latency struct {
	Cut  `json:",inline"`
	Add  time.Duration `json:"add" example:"200ms" jsonschema:"How much longer everything takes."`
	Grow time.Duration `json:"grow,omitempty" jsonschema:"Reach that bit by bit, over this time."`
}

// Bandwidth makes links narrow.
type Bandwidth struct {
	Cut   `json:",inline"`
	Bytes int `json:"bytes" example:"10000" jsonschema:"How many bytes pass in a second."`
}

// Odds makes links lossy.
type Odds struct {
	Cut  `json:",inline"`
	On   string `json:"on" example:"election" jsonschema:"The channel. Streams lose nothing while they are up."`
	Rate Rate   `json:"rate" example:"5%" jsonschema:"How many of the messages."`
}

// Hold holds messages back.
type Hold struct {
	From     Who      `json:"from" example:"s1" jsonschema:"Who sent them."`
	To       Who      `json:"to" example:"others" jsonschema:"Who is to get them."`
	On       string   `json:"on" example:"election" jsonschema:"The channel."`
	Messages []string `json:"messages,omitempty" jsonschema:"Their kinds; everything, dials too, if left out."`
}

// SlowStep makes servers slow.
type SlowStep struct {
	Servers Who           `json:"servers" example:"leader" jsonschema:"Whose."`
	Step    time.Duration `json:"step" example:"5ms" jsonschema:"How long each step takes, which otherwise takes no time."`
}

// SlowDisk makes disks slow.
type SlowDisk struct {
	Servers Who           `json:"servers" example:"leader" jsonschema:"Whose."`
	Add     time.Duration `json:"add" example:"300ms" jsonschema:"How much longer each fsync takes."`
}

// Copy copies a data directory.
type Copy struct {
	From string `json:"from" example:"s1" jsonschema:"The server that has it."`
	To   Who    `json:"to" example:"s2" jsonschema:"Servers that are down and get it."`
}

// Rot flips bits.
type Rot struct {
	Servers Who    `json:"servers" example:"s1" jsonschema:"Whose."`
	File    string `json:"file" example:"log" jsonschema:"In which file; the record is drawn."`
}

// Drift makes clocks fast or slow.
type Drift struct {
	Servers Who `json:"servers" example:"s1" jsonschema:"Whose."`
	PPM     PPM `json:"ppm" example:"-200" jsonschema:"By how many microseconds a second; below 0 it loses."`
}

// PPM is a drift in parts per million.
type PPM int

// Jump sets clocks.
type Jump struct {
	Servers Who   `json:"servers" example:"s1" jsonschema:"Whose."`
	By      Shift `json:"by" example:"-5s" jsonschema:"How far, forward or back."`
}

// Repeat says how often a fault strikes.
type Repeat struct {
	Every time.Duration `json:"every" example:"2s" jsonschema:"From one to the next."`
	Times int           `json:"times" example:"5" jsonschema:"How often in all."`
}

// When ties a fault to an event; see faults.Trigger. One of Event, After and
// Before is set; After says the same as Event.
type When struct {
	Event   Event         `json:"event,omitempty" example:"durable" jsonschema:"The event after which it strikes."`
	After   Event         `json:"after,omitempty" jsonschema:"The same; a message, such as ACK, stands for its arrival."`
	Before  Event         `json:"before,omitempty" jsonschema:"The event before which it strikes: the step that would bring it about is stopped there. A message, such as COMMIT, stands for its sending."`
	Message string        `json:"message,omitempty" jsonschema:"For send and deliver: only messages of this kind, such as PROPOSAL."`
	File    string        `json:"file,omitempty" jsonschema:"For what is done to files: only to this one."`
	Phase   string        `json:"phase,omitempty" jsonschema:"For view: only when the server enters this phase."`
	Note    string        `json:"note,omitempty" jsonschema:"For note: only this one."`
	Server  Who           `json:"server,omitempty" jsonschema:"Only events at these servers."`
	Until   time.Duration `json:"until,omitempty" example:"20s" jsonschema:"Wait until then and no longer."`
	Count   int           `json:"count,omitempty" default:"1" jsonschema:"Strike at this many of them. With fresh each server counts once, or each pair of servers for messages."`
	Fresh   bool          `json:"fresh,omitempty" jsonschema:"Count only events about one transaction that is new after at: the next proposal."`
	Of      Of            `json:"of,omitempty" jsonschema:"Write of: next-proposal for the same."`
}

// Event names a kind of trace event that faults can wait for, or a kind of
// message.
type Event string

// Of is the word "next-proposal", where nothing else can be said.
type Of string

// Strategy is the word for how a swarm searches; see faults.Strategy.
type Strategy string

// Swarm draws a plan from the seed; see faults.Swarm.
type Swarm struct {
	From     time.Duration `json:"from,omitempty" default:"3s" jsonschema:"Nothing goes wrong before."`
	Until    time.Duration `json:"until" example:"40s" jsonschema:"Everything has ended by then."`
	Kinds    []string      `json:"kinds,omitempty" jsonschema:"The kinds of faults that may exist; all that the protocol promises to survive if left out."`
	Most     int           `json:"most,omitempty" default:"3" jsonschema:"How often each kind strikes, at most."`
	Strategy Strategy      `json:"strategy,omitempty" default:"uniform" jsonschema:"How faults are searched for: uniform; pct and starve, with servers and links that come last; aimed, in the middle of what matters."`
	Overload bool          `json:"overload,omitempty" jsonschema:"Exceed what the protocol promises to survive: take a majority away, lose what was durable."`
	Rot      bool          `json:"rot,omitempty" jsonschema:"What is on the disks of a minority becomes unreadable as well. Those servers are lost for the rest of the run."`
}
