package rundir

import (
	"runtime/debug"
)

// Module is the path of the module that zabsim is.
const Module = "github.com/zabsim/zabsim"

// Build is what a program was made from.
type Build struct {
	Version  string `json:"version"`            // of the module; "devel" when built from a work tree
	Revision string `json:"revision,omitempty"` // of the version control system
	Modified bool   `json:"modified,omitempty"` // the work tree had changes beside the revision
}

// ThisBuild returns what this program was made from: zabsim itself, or one that
// uses it as a library.
func ThisBuild() Build {
	b := Build{Version: "devel"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, dep := range info.Deps {
		if dep.Path == Module {
			return Build{Version: dep.Version} // the revision is that of the other program
		}
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// String returns "devel 5f0c9e1b2233, modified".
func (b Build) String() string {
	s := b.Version
	if b.Revision != "" {
		s += " " + b.Revision[:min(12, len(b.Revision))]
	}
	if b.Modified {
		s += ", modified"
	}
	return s
}
