package scenarios

import (
	"time"
)

// Scenario is a scenario file, checked and with its defaults filled in. The
// file's keys are the json tags; its JSON Schema is made from these types.
type Scenario struct {
	Version  int    `json:"version" jsonschema:"The version of this format: 1."`
	Name     string `json:"name" example:"shanghai-guangzhou" jsonschema:"Short name of the scenario; run directories are called by it."`
	About    string `json:"about,omitempty" jsonschema:"The story in a few sentences. The first one is shown in lists."`
	Theme    string `json:"theme,omitempty" example:"partitions" jsonschema:"What it is about, in a word; lists are grouped by it."`
	Protocol string `json:"protocol,omitempty" default:"zab" jsonschema:"The protocol that runs unless the command line says otherwise."`

	Options any      `json:"options,omitempty" jsonschema:"Settings of the protocol. They belong to the protocol named above; others run with their own defaults."`
	Defects []string `json:"defects,omitempty" jsonschema:"Faulty variants of the protocol to switch on; zabsim explain PROTOCOL lists them."`

	Seed     uint64        `json:"seed,omitempty" default:"1" jsonschema:"The number that every choice of the run follows from."`
	Duration time.Duration `json:"duration" example:"30s" jsonschema:"Virtual time after which the run ends."`
	Limits   Limits        `json:"limits,omitzero" jsonschema:"Bounds for runs that do not end by themselves."`

	Servers   Servers  `json:"servers,omitempty" jsonschema:"How many servers there are, or their names: 5 or [s1, s2, s3]. Use this or sites."`
	Sites     Sites    `json:"sites,omitempty" jsonschema:"Places with servers in them: {shanghai: [s1, s2, s3], guangzhou: [s4, s5]}. Use this or servers."`
	Observers []string `json:"observers,omitempty" jsonschema:"Those of the servers that follow without a vote, or the sites whose servers do."`
	Boot      Boots    `json:"boot,omitempty" jsonschema:"Servers that start later than the others, and when: {s4: 3s}."`
	Start     *Start   `json:"start,omitempty" jsonschema:"What is on disks before the run: what the servers of a real ensemble left behind. zabsim inspect --scenario writes it."`

	Network Network `json:"network,omitzero" jsonschema:"How long messages take and what happens to them."`
	Disk    Disk    `json:"disk,omitzero" jsonschema:"How fast disks are."`
	App     App     `json:"app,omitzero" jsonschema:"The replicated state machine: bank, kv or znode."`

	Clients []Client `json:"clients,omitempty" jsonschema:"Those who ask the servers for something."`
	Faults  []Fault  `json:"faults,omitempty" jsonschema:"What goes wrong, and when."`
	Swarm   *Swarm   `json:"swarm,omitempty" jsonschema:"What else goes wrong is drawn from the seed."`

	Forks []Fork `json:"forks,omitempty" jsonschema:"Moments from which on all that is drawn follows from another seed: a search goes on like this from runs that got somewhere."`

	Properties Properties `json:"properties" example:"{always: [agreement]}" jsonschema:"What must hold."`
	Expect     Expected   `json:"expect,omitempty" jsonschema:"By protocol: pass, or the property that it is known to violate. A protocol that is not listed must pass."`
	Explore    Explore    `json:"explore,omitzero" jsonschema:"What the model checker may do, at any moment, in place of the faults above."`
	Notes      []Note     `json:"notes,omitempty" jsonschema:"Captions for reports."`

	Sweep    *Sweep   `json:"sweep,omitempty" jsonschema:"Run the scenario with one setting at several values, and compare."`
	Variants Variants `json:"variants,omitempty" jsonschema:"The same story with something changed, by name: {halves: {sites: ...}}. Mappings are laid over those above; all else takes their place. Run as NAME/VARIANT."`
}

// Limits bounds a run.
type Limits struct {
	Events uint64 `json:"events,omitempty" jsonschema:"Number of events after which a run ends without a verdict."`
}

// Network is how messages travel.
type Network struct {
	Within    Within  `json:"within,omitzero" jsonschema:"Between servers of one site, and between clients and servers."`
	Between   Between `json:"between,omitzero" jsonschema:"Between servers of different sites."`
	Loss      Rate    `json:"loss,omitempty" jsonschema:"Probability that a datagram is lost, such as 0.5%. Streams lose nothing."`
	Duplicate Rate    `json:"duplicate,omitempty" jsonschema:"Probability that a datagram arrives twice."`
	Reorder   Rate    `json:"reorder,omitempty" jsonschema:"Probability that a datagram is overtaken by later ones."`

	DialTimeout time.Duration `json:"dial-timeout,omitempty" default:"5s" jsonschema:"How long a server tries to reach another one for an election; ZooKeeper's cnxTimeout."`
}

// Within is how messages travel inside a site.
type Within struct {
	Latency Range `json:"latency,omitzero" default:"1ms..3ms" jsonschema:"Time that a message takes."`
}

// Between is how messages travel from site to site.
type Between struct {
	Latency Range `json:"latency,omitzero" default:"20ms..40ms" jsonschema:"Time that a message takes."`
}

// Disk is how fast disks are.
type Disk struct {
	Fsync Range `json:"fsync,omitzero" default:"1ms..4ms" jsonschema:"Time that an fsync takes."`
}

// Fork is a moment from which on all that is drawn follows from another seed:
// what the swarm does from then on, how long things take, what clients ask for.
type Fork struct {
	At   time.Duration `json:"at" example:"8s" jsonschema:"When."`
	Seed uint64        `json:"seed" example:"7" jsonschema:"The other seed."`
}

// Note is a caption.
type Note struct {
	At  time.Duration `json:"at" example:"8s" jsonschema:"When it is shown."`
	Say string        `json:"say" example:"the line is cut" jsonschema:"What it says."`
}

// App is the replicated state machine; one field is set.
type App struct {
	Bank Accounts `json:"bank,omitempty" jsonschema:"Accounts with their first balances: {alice: 100, bob: 0}."`
	KV   *KV      `json:"kv,omitempty" jsonschema:"A store of keys and values, empty at first: {}."`
	// Znode is for clients that follow recipes.
	Znode *Znode `json:"znode,omitempty" jsonschema:"A tree of nodes like ZooKeeper's, empty at first: {}."`
}

// KV is a key-value store; there is nothing to say about it.
type KV struct{}

// Znode is a tree of nodes; there is nothing to say about it.
type Znode struct{}

// Accounts are the accounts of a bank, in the order of the file.
type Accounts []Account

// Account is one account and its first balance.
type Account struct {
	Name    string
	Balance int64
}

// Sites are the places where servers are, in the order of the file.
type Sites []Site

// Site is a named group of servers.
type Site struct {
	Name    string
	Servers []string
}

// Boots are servers that start late, in the order of the file.
type Boots []Boot

// Boot is one server that starts late.
type Boot struct {
	Server string
	At     time.Duration
}
