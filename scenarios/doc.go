// Package scenarios reads scenario files: who the servers are, what goes
// wrong, who asks for what, and what must hold.
//
//	s, err := scenarios.Load("shanghai-guangzhou", nil)   // or a path
//	result, err := s.Run(scenarios.RunOptions{Protocol: "zab", Seed: 42})
//	fmt.Println(result.Verdict())
//
// Load finds everything that is wrong with a file at once. It reads the YAML
// into a tree with positions (tree.go), decodes the tree into a [Scenario]
// (decode.go), looks for what makes no sense (check*.go), and holds it against
// the JSON Schema (schema.go). The error it returns is of type [Problems].
//
// [Scenario.Compile] turns a scenario into a configuration of the simulator
// (compile.go); [Scenario.Run] runs it and judges what happened (run.go).
//
// The format is described in README.md and scenario.schema.json. The scenarios
// in this directory are the library, which is part of the binary.
package scenarios

//go:generate go test -run TestSchemaIsFresh -update .
