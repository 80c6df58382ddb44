package sim

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/disk"
)

// What stands at the end of an action in a schedule.
const (
	stopMark = " stop " // where the step is stopped
	tornMark = " torn"  // the power loss strikes in the middle of a write
)

// formatTrouble returns one of the actions from Reset on as it stands in a
// schedule:
//
//	lag {s1}>{s2 s3} 50ms
//	lose {s1}|{s2} election 20000
//	ail s2 full
//	rot s3 log 17
func (n Names) formatTrouble(a *Action) string {
	s := a.Kind.String() + " "
	switch a.Kind {
	case Reset, Lag, Throttle, Lose, Repeat, Reorder:
		bar := ">"
		if a.Both {
			bar = "|"
		}
		s += a.A.String() + bar + a.B.String()
	case Copy:
		s += a.Peer.String() + ">" + a.Server.String()
	default:
		s += a.Server.String()
	}
	switch a.Kind {
	case Lose, Repeat, Reorder:
		s += " " + n.Protocol.Channels[a.On].Name + " " + strconv.Itoa(a.Index)
	case Rot:
		s += " " + n.Protocol.Files[a.File] + " " + strconv.Itoa(a.Index)
	case Throttle, Drift:
		s += " " + strconv.Itoa(a.Index)
	case Lag, Slow, Jump, SlowDisk:
		s += " " + time.Duration(a.Index).String()
	case Ail:
		s += " " + disk.Trouble(a.Index).String()
	}
	return s
}

// parseTrouble reads what formatTrouble writes behind the verb.
func (n Names) parseTrouble(a *Action, rest string) (ok bool) {
	var words []string
	if end := strings.LastIndex(rest, "}"); end >= 0 { // sets have blanks in them
		words = append([]string{rest[:end+1]}, strings.Fields(rest[end+1:])...)
	} else {
		words = strings.Fields(rest)
	}
	if len(words) == 0 {
		return false
	}
	switch a.Kind {
	case Reset, Lag, Throttle, Lose, Repeat, Reorder:
		ok = parseSides(a, words[0])
	case Copy:
		a.Peer, a.Server, ok = parsePair(words[0])
	default:
		a.Server, ok = nodes.ParseID(words[0])
	}
	amounts := words[1:]
	return ok && len(amounts) == n.amounts(a.Kind) && n.parseAmounts(a, amounts)
}

// amounts returns how many words follow the servers.
func (n Names) amounts(k ActionKind) int {
	switch k {
	case Lose, Repeat, Reorder, Rot:
		return 2
	case Throttle, Drift, Lag, Slow, Jump, SlowDisk, Ail:
		return 1
	}
	return 0
}

func (n Names) parseAmounts(a *Action, words []string) (ok bool) {
	switch a.Kind {
	case Lose, Repeat, Reorder:
		ch := slices.IndexFunc(n.Protocol.Channels, func(c nodes.ChannelSpec) bool { return c.Name == words[0] })
		a.On = nodes.Channel(max(0, ch))
		a.Index, ok = parseIndex(words[1])
		return ok && ch >= 0
	case Rot:
		f := slices.Index(n.Protocol.Files, words[0])
		a.File = nodes.File(max(0, f))
		a.Index, ok = parseIndex(words[1])
		return ok && f >= 0
	case Throttle, Drift:
		amount, err := strconv.ParseInt(words[0], 10, 64)
		a.Index = int(amount)
		return err == nil
	case Lag, Slow, Jump, SlowDisk:
		amount, err := time.ParseDuration(words[0])
		a.Index = int(amount)
		return err == nil
	case Ail:
		trouble, known := disk.ParseTrouble(words[0])
		a.Index = int(trouble)
		return known
	}
	return true
}
