package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/nodes/zab/zkdata"
)

// inspectFlags are the flags of inspect.
type inspectFlags struct {
	among, voters []string
	dump, profile string
	scenario      string
	json          bool
}

var dumpForms = []string{"text", "json"}

func newInspect() *cobra.Command {
	f := &inspectFlags{}
	cmd := &cobra.Command{
		Use:   "inspect DIR...",
		Short: "Read data directories of a real ZooKeeper ensemble: what is in them, and who would be elected",
		Long: "Read the data directories of the servers of one ZooKeeper ensemble, or copies of them, and say\n" +
			"what is on each disk, whether the histories agree and where they part, and, for each majority,\n" +
			"who would be elected, how the others would join and what they would discard. Nothing is changed.\n\n" +
			"A DIR is a dataDir or its version-2. The file myid says whose it is; 3=DIR says so where there\n" +
			"is none. DIR,LOGDIR names a dataLogDir besides. The exit code is 1 if something is damaged,\n" +
			"missing or contradictory.",
		Example: "  zabsim inspect zk1/data zk2/data zk3/data\n" +
			"  zabsim inspect zk*/data --among 1,3\n" +
			"  zabsim inspect zk*/data --scenario incident.yaml\n" +
			"  zabsim inspect 2=/mnt/zk2,/mnt/zk2-log --dump text",
		Args: atLeastOne("a data directory"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.among, "among", nil, "predict for these servers started together, such as 1,2,3, instead of each majority")
	flags.StringSliceVar(&f.voters, "voters", nil, "the servers that vote, if the snapshots do not say or not rightly")
	flags.StringVar(&f.dump, "dump", "", "print the transactions instead: text, or json for JSON lines")
	flags.StringVar(&f.profile, "profile", newestProfile, "decide as these releases of ZooKeeper do: "+strings.Join(profileNames(), ", "))
	flags.StringVar(&f.scenario, "scenario", "", "also write a scenario to this file that goes on from there")
	flags.BoolVar(&f.json, "json", false, "print JSON lines")
	for flag, words := range map[string][]string{"dump": dumpForms, "profile": profileNames()} {
		if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err) // there is no such flag
		}
	}
	return cmd
}

// newestProfile is the profile of the newest releases.
var newestProfile = zab.Profiles[len(zab.Profiles)-1].Name

func profileNames() []string {
	var names []string
	for _, p := range zab.Profiles {
		names = append(names, p.Name)
	}
	return names
}

func (f *inspectFlags) run(cmd *cobra.Command, args []string) error {
	if f.dump != "" && !slices.Contains(dumpForms, f.dump) {
		return unknown("form of a dump", f.dump, dumpForms)
	}
	if !slices.Contains(profileNames(), f.profile) {
		return unknown("profile", f.profile, profileNames())
	}
	i, err := f.read(args)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	switch {
	case f.dump != "":
		err = i.dump(out, f.dump == "json")
	case f.json:
		err = i.printJSON(out)
	default:
		err = i.print(out)
	}
	if err == nil && f.scenario != "" {
		err = i.writeScenario(cmd.ErrOrStderr(), f.scenario)
	}
	if err == nil && i.damaged() {
		return &ending{code: exitViolated}
	}
	return err
}

// inspection is all that inspect finds out.
type inspection struct {
	*zkdata.Ensemble
	options     *zab.Options
	dirs        []string // of the ensemble's servers, in their order
	predictions []zkdata.Prediction
	omitted     bool // there are more majorities than anybody would read
}

// damaged reports whether anything is seriously wrong.
func (i *inspection) damaged() bool {
	return slices.ContainsFunc(i.Findings, func(f zkdata.Finding) bool { return f.Serious })
}

// read reads the directories and examines what they hold.
func (f *inspectFlags) read(args []string) (*inspection, error) {
	among, err := parseServers(f.among)
	if err != nil {
		return nil, err
	}
	voters, err := parseServers(f.voters)
	if err != nil {
		return nil, err
	}
	var found []located
	var failed []error
	for _, arg := range args {
		l, err := locate(arg)
		failed = append(failed, err)
		found = append(found, l)
	}
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b located) int { return cmp.Compare(a.server.ID, b.server.ID) })
	i := &inspection{options: zab.DefaultOptions()}
	i.options.Profile = f.profile
	var servers []*zkdata.Server
	var present nodes.Set
	for _, l := range found {
		if present.Has(l.server.ID) {
			return nil, fmt.Errorf("%s and %s are both of %v", i.dirs[len(i.dirs)-1], l.dir, l.server.ID)
		}
		present = present.With(l.server.ID)
		servers, i.dirs = append(servers, l.server), append(i.dirs, l.dir)
	}
	if missing := among &^ present; missing != 0 {
		return nil, fmt.Errorf("--among names %v, but there is no directory of theirs", missing)
	}
	i.Ensemble = zkdata.Examine(servers, cmp.Or(voters, configured(servers), present), i.options)
	i.predict(among)
	return i, nil
}

// located is a server and where its files are.
type located struct {
	dir    string
	server *zkdata.Server
}

// locate reads one argument: [ID=]DIR[,LOGDIR].
func locate(arg string) (located, error) {
	id, dir := nodes.ID(0), arg
	if number, rest, ok := strings.Cut(arg, "="); ok {
		if n, err := parseServer(number); err == nil {
			id, dir = n, rest
		}
	}
	dir, logDir, apart := strings.Cut(dir, ",")
	if _, err := os.Stat(dir); err != nil {
		return located{}, err
	}
	data := os.DirFS(dir)
	logs := data
	if apart {
		logs = os.DirFS(logDir)
	}
	s, err := zkdata.ReadServer(data, logs)
	if err != nil {
		return located{}, fmt.Errorf("%s: %w", arg, err)
	}
	s.ID = cmp.Or(id, s.ID)
	if s.ID == 0 {
		return located{}, fmt.Errorf("%s: no usable file myid says whose it is; write 3=%s if it is of server 3", arg, arg)
	}
	return located{dir, s}, nil
}

// configured returns the voters according to the server that knows the latest
// configuration, or none.
func configured(servers []*zkdata.Server) nodes.Set {
	var newest zab.Zxid
	var voters nodes.Set
	for _, s := range servers {
		if base, ok := s.Base(); ok && s.Voters() != 0 && base.Zxid >= newest {
			newest, voters = base.Zxid, s.Voters()
		}
	}
	return voters
}

// mostPredictions is how many majorities are gone through unless one is named:
// all of five servers.
const mostPredictions = 16

// predict says what comes of starting some servers; or each majority of them,
// if none are named.
func (i *inspection) predict(among nodes.Set) {
	sets := []nodes.Set{among}
	if among == 0 {
		var all bool
		sets, all = i.Majorities(mostPredictions)
		i.omitted = !all
	}
	for _, set := range sets {
		i.predictions = append(i.predictions, i.Predict(set))
	}
}

// parseServers reads the ids that a flag names.
func parseServers(names []string) (nodes.Set, error) {
	var set nodes.Set
	for _, name := range names {
		id, err := parseServer(name)
		if err != nil {
			return 0, err
		}
		set = set.With(id)
	}
	return set, nil
}

// parseServer reads "3" or "s3".
func parseServer(name string) (nodes.ID, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.TrimSpace(name), "s"), 10, 8)
	if err != nil || n == 0 || n > nodes.MaxServers {
		return 0, fmt.Errorf("%q is no server; servers are 1 to %d", name, nodes.MaxServers)
	}
	return nodes.ID(n), nil
}
