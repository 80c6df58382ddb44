package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/zabsim/zabsim/nodes/zab/zkdata"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/scenarios/incident"
)

// writeScenario writes a scenario that goes on from what was found, and says so
// on w.
func (i *inspection) writeScenario(w io.Writer, file string) error {
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	s, err := incident.Scenario(i.Ensemble, name, i.options)
	if err != nil {
		return fmt.Errorf("no scenario can be made of this: %w", err)
	}
	s.About = i.story()
	var text bytes.Buffer
	fmt.Fprintf(&text, "# Written by zabsim inspect from %s.\n# Clients and faults are yours to add: zabsim explain scenarios.\n", strings.Join(i.dirs, ", "))
	if _, err := s.WriteTo(&text); err != nil {
		return err
	}
	if _, err := scenarios.Parse(file, text.Bytes()); err != nil {
		return err
	}
	if err := os.WriteFile(file, text.Bytes(), 0o666); err != nil {
		return err
	}
	run := file
	if !strings.ContainsAny(run, `/\`) {
		run = "./" + run
	}
	_, err = fmt.Fprintf(w, "written: %s, %d KB. It goes on with zabsim run %s\n", file, (text.Len()+1023)>>10, run)
	return err
}

// story tells what is to be expected.
func (i *inspection) story() string {
	present := i.Predict(i.Present())
	sentences := []string{fmt.Sprintf("What %v had on disk", present.Among)}
	if present.Leader == 0 {
		return paragraph(append(sentences, "Nobody can be elected: "+present.Why))
	}
	sentences = append(sentences, fmt.Sprintf("If all start together, %v leads epoch %d", present.Leader, present.Epoch))
	for n := range present.Joins {
		sentences = append(sentences, joinText(&present.Joins[n]))
	}
	for _, f := range i.Findings {
		if f.Kind == zkdata.Undecided || f.Serious {
			sentences = append(sentences, f.Text)
		}
	}
	return paragraph(sentences)
}

func paragraph(sentences []string) string { return strings.Join(sentences, ". ") + "." }
