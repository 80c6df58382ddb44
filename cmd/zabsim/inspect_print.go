package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/nodes/zab/zkdata"
)

// print says everything to people: a table of the servers, what was found, what
// would happen.
func (i *inspection) print(w io.Writer) error {
	var b strings.Builder
	i.printServers(&b)
	i.printFindings(&b)
	i.printPredictions(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// table prints rows in columns that are as wide as need be.
func table(w io.Writer, rows [][]string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			fmt.Fprintf(&line, "%-*s  ", width[i], cell)
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

func (i *inspection) printServers(w io.Writer) {
	agrees := "agrees to"
	if i.Reference != nil {
		agrees = fmt.Sprintf("agrees with %v to", i.Reference.ID)
	}
	rows := [][]string{{"server", "accepted", "current", "snapshot", "logged", "records", "votes with", agrees, "directory"}}
	for n, s := range i.Servers {
		snapshot, votes := "none", "does not start"
		if base, ok := s.Base(); ok {
			snapshot = base.Zxid.String()
		}
		if survivor, err := i.Survivor(s.ID); err == nil {
			_, epoch := survivor.Epochs()
			votes = fmt.Sprintf("(%d, %v)", epoch, survivor.Last())
		}
		rows = append(rows, []string{
			s.ID.String(), epochText(s.AcceptedEpoch), epochText(s.CurrentEpoch), snapshot, logged(s),
			strconv.Itoa(len(s.Entries)), votes, i.Agrees(s).String(), i.dirs[n],
		})
	}
	table(w, rows)
	fmt.Fprintf(w, "\nvoters %v. Transactions are epoch.counter. A vote is (currentEpoch, last zxid); the greater one wins, then the higher id.\n", i.Voters)
}

func epochText(epoch *uint64) string {
	if epoch == nil {
		return "none"
	}
	return strconv.FormatUint(*epoch, 10)
}

// logged returns the range of zxids in a server's log files.
func logged(s *zkdata.Server) string {
	if len(s.Entries) == 0 {
		return "none"
	}
	lowest, highest := s.Entries[0].Zxid, s.Entries[0].Zxid
	for _, e := range s.Entries {
		lowest, highest = min(lowest, e.Zxid), max(highest, e.Zxid)
	}
	return zkdata.Run{From: lowest, To: highest}.String()
}

// printFindings prints what is serious first, marked with an exclamation mark.
func (i *inspection) printFindings(w io.Writer) {
	fmt.Fprintln(w, "\nFindings")
	if len(i.Findings) == 0 {
		fmt.Fprintln(w, "  none")
	}
	for _, serious := range []bool{true, false} {
		for _, f := range i.Findings {
			if f.Serious == serious {
				mark := map[bool]string{true: "!", false: "-"}[serious]
				fmt.Fprintf(w, "%s %-10s %s\n", mark, f.Kind, f.Text)
			}
		}
	}
}

func (i *inspection) printPredictions(w io.Writer) {
	fmt.Fprintln(w, "\nPredictions: if these start together")
	if len(i.predictions) == 0 {
		fmt.Fprintf(w, "  there is data of too few of the voters %v for a majority\n", i.Voters)
		return
	}
	rows := [][]string{}
	for _, p := range i.predictions {
		row := []string{"  " + p.Among.String(), "no leader", p.Why}
		if p.Leader != 0 {
			row = []string{"  " + p.Among.String(), fmt.Sprintf("%v leads epoch %d", p.Leader, p.Epoch), joins(&p)}
		}
		rows = append(rows, row)
	}
	table(w, rows)
	if i.omitted {
		fmt.Fprintln(w, "  smaller majorities are left out; --among names one")
	}
	said := map[string]bool{}
	for _, p := range i.predictions {
		for _, j := range p.Joins {
			for _, warning := range j.Warnings {
				if text := fmt.Sprintf("! if %v leads, %s", p.Leader, warning); !said[text] {
					said[text] = true
					fmt.Fprintln(w, text)
				}
			}
		}
	}
}

// joins says how the servers join the leader: "s1 DIFF, nothing to send; s4 SNAP
// 17.5, discards 16.70..16.73".
func joins(p *zkdata.Prediction) string {
	var parts []string
	for n := range p.Joins {
		parts = append(parts, joinText(&p.Joins[n]))
	}
	return strings.Join(parts, "; ")
}

func joinText(j *zkdata.Join) string {
	var text string
	switch sent := len(j.FromDisk) + len(j.FromMemory); {
	case j.Fails != "":
		return fmt.Sprintf("%v does not start", j.Server)
	case j.Mode != "DIFF":
		text = fmt.Sprintf("%v %s %v", j.Server, j.Mode, j.Zxid)
	case sent == 0:
		text = fmt.Sprintf("%v DIFF, nothing to send", j.Server)
	default:
		text = fmt.Sprintf("%v DIFF, sent %d", j.Server, sent)
	}
	if len(j.Discards) > 0 {
		text += ", discards " + strings.Join(runNames(j.Discards), " ")
	}
	return text
}

// isDead reports whether a transaction is known not to have survived.
func (i *inspection) isDead(z zab.Zxid) bool {
	has, known := i.History.Has(z)
	return known && !has
}
