package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/cmpimg"
)

const readmeFile = repoRoot + "/README.md"

// The first block of the README is what a newcomer types.
func TestReadmeBeginsWithTwoCommands(t *testing.T) {
	text := readFile(t, readmeFile)
	_, after, _ := strings.Cut(text, "\n```\n")
	block, _, _ := strings.Cut(after, "\n```\n")
	if want := "go run ./cmd/zabsim run shanghai-guangzhou\ngo test ./..."; block != want {
		t.Errorf("the first block is\n%s\nwant\n%s", block, want)
	}
}

// console is a block of the README with a command and what it prints.
var console = regexp.MustCompile("(?s)```console\n\\$ (zabsim [^\n]*)\n(.*?)```\n")

// Commands in console blocks print what the README says, but for how long they
// take. With -update the README is rewritten.
func TestReadmeCommands(t *testing.T) {
	readme, err := filepath.Abs(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	text := readFile(t, readme)
	t.Chdir(t.TempDir())
	t.Setenv("ZABSIM_OUT", "")
	t.Setenv("ZABSIM_COLOR", "never")
	blocks := 0
	updated := console.ReplaceAllStringFunc(text, func(block string) string {
		blocks++
		m := console.FindStringSubmatch(block)
		var stdout, stderr strings.Builder
		code := execute(t.Context(), strings.Fields(m[1])[1:], &stdout, &stderr)
		if code != int(exitOK) && code != int(exitViolated) {
			t.Errorf("%s: exit %d\n%s", m[1], code, stderr.String())
		}
		if timeless(stdout.String()) == timeless(m[2]) {
			return block
		}
		if !*update {
			t.Errorf("%s prints\n%s\nthe README says\n%s\ngo test ./cmd/zabsim -run Readme -update rewrites it", m[1], stdout.String(), m[2])
		}
		return "```console\n$ " + m[1] + "\n" + stdout.String() + "```\n"
	})
	if blocks < 3 {
		t.Errorf("found %d commands in the README", blocks)
	}
	if *update {
		writeFile(t, readme, []byte(updated))
	}
}

// Every command that the README shows exists, with the flags it is given.
func TestReadmeCommandsParse(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```.*?```").FindAllString(readFile(t, readmeFile), -1)
	shown := regexp.MustCompile(`(?m)^(?:\$ |go run ./cmd/)?zabsim [a-z].*$`).FindAllString(strings.Join(blocks, "\n"), -1)
	if len(shown) < 8 {
		t.Errorf("found %d commands in the README", len(shown))
	}
	for _, line := range shown {
		_, line, _ = strings.Cut(line, "zabsim ")
		args, _, _ := strings.Cut(line, "  ") // what follows is said about it
		cmd, rest, err := newRoot().Find(strings.Fields(args))
		if err == nil {
			err = cmd.ParseFlags(rest)
		}
		if err == nil {
			err = cmd.ValidateArgs(cmd.Flags().Args())
		}
		if err != nil || cmd.Name() == "zabsim" {
			t.Errorf("zabsim %s: %v", args, err)
		}
	}
}

// timeless removes from a line how long the run took.
func timeless(text string) string {
	return regexp.MustCompile(`\([0-9.]+s\)`).ReplaceAllString(text, "(time)")
}

// The README's pictures are those of its runs. With -update they are rewritten.
func TestReadmePictures(t *testing.T) {
	for _, c := range []struct {
		picture, kept string
		args          []string
	}{
		{"timeline.png", repoRoot + "/.github/timeline.png", nil},
		{"violation.png", repoRoot + "/.github/violation.png", []string{"--defect", "commit-on-minority"}},
	} {
		out := t.TempDir()
		var stderr strings.Builder
		args := slices.Concat([]string{"run", "shanghai-guangzhou", "-q", "--out", out}, c.args)
		if code := execute(t.Context(), args, &strings.Builder{}, &stderr); code > int(exitViolated) {
			t.Fatalf("%v: exit %d\n%s", args, code, stderr.String())
		}
		drawn := []byte(readFile(t, filepath.Join(out, "last", c.picture)))
		if *update {
			writeFile(t, c.kept, drawn)
		}
		same, err := cmpimg.EqualApprox("png", drawn, []byte(readFile(t, c.kept)), 0.1)
		if err != nil || !same {
			t.Errorf("%s is not what is drawn now (%v); go test ./cmd/zabsim -run Readme -update redraws it", c.kept, err)
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func writeFile(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(name, text, 0o666); err != nil {
		t.Fatal(err)
	}
}
