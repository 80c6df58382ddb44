package sim

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
)

// Schedule is an execution written down: what was done, and when.
type Schedule []Scheduled

// Scheduled is one action of a schedule.
type Scheduled struct {
	At     time.Duration
	Action Action
	// What is what the action delivered, in words: "PROPOSAL 1.3", "(dial)"; ""
	// where the action itself says it all. In the text of a schedule it is a
	// comment: it does not say what is to be done, but how to tell that
	// something else is done than what was recorded.
	What string
}

// Names are what schedules call channels, files, timers and clients.
type Names struct {
	Protocol *nodes.Protocol
	Clients  []string // by ClientID - 1
}

var actionNames = [...]string{
	Deliver: "deliver", Synced: "synced", Invoke: "invoke", Arrive: "arrive", Answer: "answer", Told: "told", KeepAlive: "keep-alive", Start: "start",
	Resume: "resume", Heal: "heal", Expire: "expire", DialTimeout: "dial-timeout", Impatience: "impatience",
	GiveUp: "give-up", Pause: "pause", Cut: "cut", Crash: "crash", MachineCrash: "machine-crash",
	Hold: "hold", Release: "release", Install: "install", Reset: "reset", Lag: "lag", Throttle: "throttle",
	Lose: "lose", Repeat: "repeat", Reorder: "reorder", Slow: "slow", Drift: "drift", Jump: "jump",
	SlowDisk: "slow-disk", Ail: "ail", Rot: "rot", Wipe: "wipe", Copy: "copy", Backup: "backup", Restore: "restore",
	Continue: "continue", Elect: "elect", Sever: "sever",
}

// String returns the word schedules use for it.
func (k ActionKind) String() string { return actionNames[k] }

// Format returns an action as it stands in a schedule:
//
//	deliver s5>s1 quorum on s1>s5
//	synced s3 log
//	expire s3 read s1>s3
//	cut {s1 s2 s3}|{s4 s5}
//	elect s3 by {s1 s3}
//	invoke teller-sh
//
// An action that leads to a step which is stopped says so at its end:
//
//	synced s1 log stop 3
func (n Names) Format(a Action) string {
	if a.Stop > 0 {
		stop := a.Stop
		a.Stop = 0
		return n.Format(a) + stopMark + strconv.Itoa(int(stop))
	}
	if a.Kind.isTrouble() {
		return n.formatTrouble(&a)
	}
	verb := a.Kind.String() + " "
	switch a.Kind {
	case Deliver, DialTimeout, Sever:
		r := a.route()
		s := verb + r.From.String() + ">" + r.To.String() + " " + n.Protocol.Channels[a.On].Name
		if a.Conn != 0 {
			s += " on " + a.Conn.String()
		}
		return s
	case Synced:
		return verb + a.Server.String() + " " + n.Protocol.Files[a.File]
	case Expire:
		return verb + a.Server.String() + " " + n.Protocol.TimerName(a.Timer)
	case Cut, Heal:
		bar := ">"
		if a.Both {
			bar = "|"
		}
		return verb + a.A.String() + bar + a.B.String()
	case Invoke, Arrive, Answer, Told, Impatience, KeepAlive, GiveUp:
		return verb + n.Clients[a.Client-1]
	case Hold, Release:
		s := verb + strconv.Itoa(a.Index)
		if a.A != 0 {
			s += " " + a.A.String() + ">" + a.B.String()
		}
		return s
	case Elect:
		return verb + a.Server.String() + electors + a.A.String()
	case Install, MachineCrash:
		s := verb + a.Server.String()
		if a.Kind == Install || a.Index > 0 {
			s += " " + strconv.Itoa(a.Index)
		}
		if a.Both {
			s += tornMark
		}
		return s
	case Resume:
		if a.Index > 0 {
			return verb + a.Server.String() + " " + faults.Wake(a.Index).String()
		}
		return verb + a.Server.String()
	default:
		return verb + a.Server.String()
	}
}

// electors stands between a leader and those who elect it.
const electors = " by "

// isTrouble reports whether it is one of what schedule_trouble.go writes.
func (k ActionKind) isTrouble() bool { return k >= Reset && k <= Restore }

// Parse reads what Format writes.
func (n Names) Parse(line string) (Action, error) {
	verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	i := slices.Index(actionNames[:], verb)
	if i < 0 {
		return Action{}, fmt.Errorf("unknown action %q", verb)
	}
	a := Action{Kind: ActionKind(i)}
	ok := true
	if before, number, stops := strings.Cut(rest, stopMark); stops {
		stop, err := strconv.ParseUint(number, 10, 16)
		rest, a.Stop, ok = before, uint16(stop), err == nil && stop > 0
	}
	ok = ok && n.parseRest(&a, rest)
	if !ok {
		return Action{}, fmt.Errorf("%q does not name what %s needs", rest, verb)
	}
	return a, nil
}

// parseRest reads what stands behind the verb.
func (n Names) parseRest(a *Action, rest string) (ok bool) {
	if a.Kind.isTrouble() {
		return n.parseTrouble(a, rest)
	}
	switch a.Kind {
	case Deliver, DialTimeout, Sever:
		ok = n.parseRoute(a, rest)
	case Synced:
		server, file, _ := strings.Cut(rest, " ")
		f := slices.Index(n.Protocol.Files, file)
		a.Server, ok = nodes.ParseID(server)
		a.File, ok = nodes.File(f), ok && f >= 0
	case Expire:
		ok = n.parseTimer(a, rest)
	case Cut, Heal:
		ok = parseSides(a, rest)
	case Invoke, Arrive, Answer, Told, Impatience, KeepAlive, GiveUp:
		c := slices.Index(n.Clients, rest)
		a.Client, ok = nodes.ClientID(c+1), c >= 0
	case Hold, Release:
		number, sides, aimed := strings.Cut(rest, " ")
		a.Index, ok = parseIndex(number)
		ok = ok && (!aimed || parseSides(a, sides))
	case Resume:
		server, wake, given := strings.Cut(rest, " ")
		a.Server, ok = nodes.ParseID(server)
		for ok && given && faults.Wake(a.Index).String() != wake {
			a.Index++
			ok = a.Index <= int(faults.TimersFirst)
		}
	case Elect:
		leader, by, _ := strings.Cut(rest, electors)
		a.Server, ok = nodes.ParseID(leader)
		a.A, _ = parseSet(by)
		ok = ok && a.A != 0
	case Install, MachineCrash:
		rest, a.Both = strings.CutSuffix(rest, tornMark)
		server, index, given := strings.Cut(rest, " ")
		a.Server, ok = nodes.ParseID(server)
		if ok && (given || a.Kind == Install) {
			a.Index, ok = parseIndex(index)
		}
	default:
		a.Server, ok = nodes.ParseID(rest)
	}
	return ok
}

func parseIndex(s string) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 31)
	return int(n), err == nil
}

func (n Names) parseRoute(a *Action, s string) bool {
	words := strings.Fields(s)
	if len(words) != 2 && (len(words) != 4 || words[2] != "on") {
		return false
	}
	ch := slices.IndexFunc(n.Protocol.Channels, func(c nodes.ChannelSpec) bool { return c.Name == words[1] })
	from, to, ok := parsePair(words[0])
	if !ok || ch < 0 {
		return false
	}
	a.On, a.Peer, a.Server = nodes.Channel(ch), from, to
	if a.Kind == DialTimeout {
		a.Peer, a.Server = to, from
	}
	if len(words) == 4 {
		a.Conn, ok = parseConn(words[3], a.On)
	}
	return ok
}

func parsePair(s string) (from, to nodes.ID, ok bool) {
	l, r, _ := strings.Cut(s, ">")
	from, ok1 := nodes.ParseID(l)
	to, ok2 := nodes.ParseID(r)
	return from, to, ok1 && ok2
}

func parseConn(s string, ch nodes.Channel) (nodes.Conn, bool) {
	pair, slotText, numbered := strings.Cut(s, "#")
	slot := uint64(0)
	if numbered {
		var err error
		if slot, err = strconv.ParseUint(slotText, 10, 8); err != nil {
			return 0, false
		}
	}
	from, to, ok := parsePair(pair)
	return nodes.MakeConn(from, to, ch, uint8(slot)), ok
}

func (n Names) parseTimer(a *Action, s string) bool {
	words := strings.Fields(s)
	if len(words) < 2 || len(words) > 3 {
		return false
	}
	name := slices.Index(n.Protocol.Timers, words[1])
	id, ok := nodes.ParseID(words[0])
	if !ok || name < 0 {
		return false
	}
	a.Server, a.Timer.Name = id, uint8(name)
	if len(words) == 3 {
		if k, err := strconv.ParseUint(words[2], 10, 31); err == nil {
			a.Timer.Key = uint32(k)
			return true
		}
		// A connection's timer: which channel it is on is not printed, so it
		// is the one stream channel of the protocol.
		ch := slices.IndexFunc(n.Protocol.Channels, func(c nodes.ChannelSpec) bool { return c.Mode == nodes.Stream })
		conn, ok := parseConn(words[2], nodes.Channel(max(0, ch)))
		a.Timer.Key = uint32(conn)
		return ok
	}
	return true
}

func parseSides(a *Action, s string) bool {
	l, r, both := strings.Cut(s, "|")
	if !both {
		l, r, _ = strings.Cut(s, ">")
	}
	var ok1, ok2 bool
	a.A, ok1 = parseSet(l)
	a.B, ok2 = parseSet(r)
	a.Both = both
	return ok1 && ok2
}

func parseSet(s string) (nodes.Set, bool) {
	inner, ok := strings.CutPrefix(s, "{")
	inner, ok2 := strings.CutSuffix(inner, "}")
	var set nodes.Set
	for word := range strings.FieldsSeq(inner) {
		id, known := nodes.ParseID(word)
		if !known {
			return 0, false
		}
		set = set.With(id)
	}
	return set, ok && ok2
}

// Write writes a schedule as text, one action a line, each with its time and,
// as a comment, what it delivers.
func (n Names) Write(w io.Writer, s Schedule) error {
	b := bufio.NewWriter(w)
	for _, step := range s {
		fmt.Fprintf(b, "%d %s", int64(step.At), n.Format(step.Action))
		if step.What != "" {
			b.WriteString(" # " + step.What)
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// Read reads what Write wrote. Empty lines and lines that begin with # are
// left out; what follows a # on a line is a comment, if a blank stands before
// it: what the action delivers. Errors name the line.
func (n Names) Read(r io.Reader) (Schedule, error) {
	var s Schedule
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		line, what, _ := strings.Cut(" "+lines.Text(), " #")
		at, action, _ := strings.Cut(strings.TrimSpace(line), " ")
		if at == "" {
			continue
		}
		ns, err := strconv.ParseInt(at, 10, 64)
		if err != nil || ns < 0 {
			return nil, fmt.Errorf("line %d: %q is no time in nanoseconds", number, at)
		}
		a, err := n.Parse(action)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		s = append(s, Scheduled{time.Duration(ns), a, strings.TrimSpace(what)})
	}
	return s, lines.Err()
}
