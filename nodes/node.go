package nodes

// Node is one server's protocol, written as a state machine. Step must depend
// on nothing but the node and the input; Clone must share nothing that either
// copy may change later.
type Node interface {
	Step(in Input, out *Out)
	Clone() Node
	Status() Status
}

// Role is what a server is at the moment, in terms common to all protocols.
type Role uint8

// The roles. A server that is not running is [Down].
const (
	Down Role = iota
	Looking
	Following
	Leading
	Observing
)

// String returns the role in lower case.
func (r Role) String() string {
	return [...]string{"down", "looking", "following", "leading", "observing"}[r]
}

// Status is what a server says of itself. The world compares it before and
// after each step, so that no protocol can forget to report a change of role.
type Status struct {
	Role    Role
	Serving bool   // answers clients
	Leader  ID     // whom it follows, itself if it leads, 0 if nobody
	Epoch   uint64 // the epoch (term, ballot) it is established in or promised to
	Phase   string // the protocol's own word, a constant: "discovery"
	// Logged is the last position in the log, durable or not.
	Logged Position
	// History is what the server would serve: all it has applied. Only while
	// Serving is it a promise; before that it may hold what is later undone.
	History History
}

// SameView reports whether two statuses show the same role, leader, epoch and
// phase: what a reader of a timeline would call the same.
func (s *Status) SameView(t *Status) bool {
	return s.Role == t.Role && s.Serving == t.Serving && s.Leader == t.Leader && s.Epoch == t.Epoch && s.Phase == t.Phase
}
