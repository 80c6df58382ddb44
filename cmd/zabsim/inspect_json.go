package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab/zkdata"
)

// The objects that inspect prints, one a line, with --json and --dump json.
type (
	diskServerLine struct {
		Type      string        `json:"type"` // "server"
		Version   int           `json:"zabsim"`
		Server    string        `json:"server"`
		Dir       string        `json:"dir"`
		Accepted  *uint64       `json:"acceptedEpoch"`
		Current   *uint64       `json:"currentEpoch"`
		Snapshots []snapshotRow `json:"snapshots"`
		Logs      []logRow      `json:"logs"`
		Last      string        `json:"last,omitempty"` // the zxid it votes with
		Fails     string        `json:"fails,omitempty"`
		AgreesTo  string        `json:"agreesTo"`
	}
	snapshotRow struct {
		File       string `json:"file"`
		Zxid       string `json:"zxid"`
		Bytes      int64  `json:"bytes"`
		Nodes      int    `json:"nodes"`
		Sessions   int    `json:"sessions"`
		Ephemerals int    `json:"ephemerals"`
		Bad        bool   `json:"bad,omitempty"`
		Torn       bool   `json:"torn,omitempty"`
	}
	logRow struct {
		File    string `json:"file"`
		Bytes   int64  `json:"bytes"`
		Records int    `json:"records"`
		First   string `json:"first,omitempty"`
		Last    string `json:"last,omitempty"`
	}
	diskFindingLine struct {
		Type    string   `json:"type"` // "finding"
		Version int      `json:"zabsim"`
		Kind    string   `json:"kind"`
		Serious bool     `json:"serious"`
		Servers []string `json:"servers"`
		Runs    []string `json:"transactions,omitempty"`
		Text    string   `json:"text"`
	}
	predictionLine struct {
		Type    string    `json:"type"` // "prediction"
		Version int       `json:"zabsim"`
		Among   []string  `json:"among"`
		Leader  string    `json:"leader,omitempty"`
		Epoch   uint64    `json:"epoch,omitempty"`
		Why     string    `json:"why,omitempty"`
		Joins   []joinRow `json:"joins,omitempty"`
	}
	joinRow struct {
		Server   string   `json:"server"`
		Mode     string   `json:"mode,omitempty"`
		Zxid     string   `json:"zxid,omitempty"`
		Disk     int      `json:"fromLogFiles"`
		Memory   int      `json:"fromMemory"`
		Discards []string `json:"discards,omitempty"`
		Warnings []string `json:"warnings,omitempty"`
		Notes    []string `json:"notes,omitempty"`
		Fails    string   `json:"fails,omitempty"`
	}
	txnLine struct {
		Type    string `json:"type"` // "txn"
		Version int    `json:"zabsim"`
		Server  string `json:"server"`
		File    string `json:"file"`
		Offset  int64  `json:"offset"`
		Zxid    string `json:"zxid"`
		Session string `json:"session"`
		Cxid    int32  `json:"cxid"`
		Time    string `json:"time"`
		Dead    bool   `json:"dead,omitempty"`
		changeRow
	}
	changeRow struct {
		Op        string      `json:"op"`
		Path      string      `json:"path,omitempty"`
		Data      *string     `json:"data,omitempty"`   // if it is text
		Base64    []byte      `json:"base64,omitempty"` // if not
		Number    *int32      `json:"version,omitempty"`
		Ephemeral bool        `json:"ephemeral,omitempty"`
		TTL       string      `json:"ttl,omitempty"`
		Timeout   string      `json:"timeout,omitempty"`
		Error     string      `json:"error,omitempty"`
		Paths     []string    `json:"paths,omitempty"`
		Parts     []changeRow `json:"parts,omitempty"`
	}
)

func newLines(w io.Writer) *json.Encoder {
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	return lines
}

// printJSON says everything to programs.
func (i *inspection) printJSON(w io.Writer) error {
	lines := newLines(w)
	for n := range i.Servers {
		if err := lines.Encode(i.serverLine(n)); err != nil {
			return err
		}
	}
	for _, f := range i.Findings {
		line := diskFindingLine{"finding", recordVersion, string(f.Kind), f.Serious, serverNames(f.On), runNames(f.Runs), f.Text}
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	for n := range i.predictions {
		if err := lines.Encode(newPredictionLine(&i.predictions[n])); err != nil {
			return err
		}
	}
	return nil
}

func (i *inspection) serverLine(n int) diskServerLine {
	s := i.Servers[n]
	line := diskServerLine{
		Type: "server", Version: recordVersion, Server: s.ID.String(), Dir: i.dirs[n],
		Accepted: s.AcceptedEpoch, Current: s.CurrentEpoch, AgreesTo: i.Agrees(s).String(),
		Snapshots: []snapshotRow{}, Logs: []logRow{},
	}
	if survivor, err := i.Survivor(s.ID); err != nil {
		line.Fails = err.Error()
	} else {
		line.Last = survivor.Last().String()
	}
	for _, f := range s.Snapshots {
		line.Snapshots = append(line.Snapshots, snapshotRow{
			f.Name, f.Zxid.String(), f.Size, f.Nodes, len(f.Sessions), f.Ephemerals, f.Bad, f.Torn,
		})
	}
	for _, f := range s.Logs {
		row := logRow{File: f.Name, Bytes: f.Size, Records: f.To - f.From}
		if row.Records > 0 {
			row.First, row.Last = s.Entries[f.From].Zxid.String(), s.Entries[f.To-1].Zxid.String()
		}
		line.Logs = append(line.Logs, row)
	}
	return line
}

func newPredictionLine(p *zkdata.Prediction) predictionLine {
	line := predictionLine{Type: "prediction", Version: recordVersion, Among: serverNames(p.Among), Why: p.Why}
	if p.Leader != 0 {
		line.Leader, line.Epoch = p.Leader.String(), p.Epoch
	}
	for _, j := range p.Joins {
		row := joinRow{
			Server: j.Server.String(), Mode: j.Mode, Disk: len(j.FromDisk), Memory: len(j.FromMemory),
			Discards: runNames(j.Discards), Warnings: j.Warnings, Notes: j.Notes, Fails: j.Fails,
		}
		if j.Mode != "" {
			row.Zxid = j.Zxid.String()
		}
		line.Joins = append(line.Joins, row)
	}
	return line
}

func serverNames(set nodes.Set) []string {
	var names []string
	for id := range set.All() {
		names = append(names, id.String())
	}
	return names
}

func runNames(runs []zkdata.Run) []string {
	var names []string
	for _, r := range runs {
		names = append(names, r.String())
	}
	return names
}

// dump prints every transaction of every log file.
func (i *inspection) dump(w io.Writer, asJSON bool) error {
	lines := newLines(w)
	for _, s := range i.Servers {
		for n, file := range s.Logs {
			for r, err := range s.Records(n) {
				if err != nil {
					break // it is among the findings
				}
				if asJSON {
					err = lines.Encode(i.txnLine(s.ID, file.Name, &r))
				} else {
					err = i.dumpText(w, s.ID, file.Name, &r)
				}
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (i *inspection) dumpText(w io.Writer, id nodes.ID, file string, r *zkdata.Record) error {
	dead := ""
	if i.isDead(r.Zxid) {
		dead = "  (dead)"
	}
	_, err := fmt.Fprintf(w, "%v %s %8d  %s  %#x:%d  %v%s\n", id, file, r.Offset, timeText(r.Time), uint64(r.Session), r.Cxid, &r.Txn, dead)
	return err
}

func timeText(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z") }

func (i *inspection) txnLine(id nodes.ID, file string, r *zkdata.Record) txnLine {
	return txnLine{
		"txn", recordVersion, id.String(), file, r.Offset, r.Zxid.String(), fmt.Sprintf("%#x", uint64(r.Session)), r.Cxid,
		timeText(r.Time), i.isDead(r.Zxid), newChangeRow(&r.Change),
	}
}

func newChangeRow(c *zkdata.Change) changeRow {
	row := changeRow{Op: c.Type.String(), Path: c.Path, Ephemeral: c.Ephemeral, Paths: c.Paths}
	switch text := string(c.Data); {
	case c.Data == nil:
	case utf8.ValidString(text):
		row.Data = &text
	default:
		row.Base64 = c.Data
	}
	switch c.Type {
	case zkdata.SetData, zkdata.SetACL, zkdata.Check, zkdata.Reconfig:
		row.Number = &c.Version
	case zkdata.CreateTTL:
		row.TTL = c.TTL.String()
	case zkdata.CreateSession:
		row.Timeout = c.Timeout.String()
	case zkdata.Error:
		row.Error = c.Code.String()
	}
	for n := range c.Parts {
		row.Parts = append(row.Parts, newChangeRow(&c.Parts[n]))
	}
	return row
}
