// Package nodes is what every protocol looks like to the rest of zabsim.
//
// A protocol is a pure state machine. The world hands it one [Input] at a time
// and it answers by writing [Effect]s:
//
//	node := protocol.New(config)
//	node.Step(&nodes.Start{...}, out)     // boot: read what the disk kept
//	node.Step(&nodes.Deliver{...}, out)   // a message came
//	node.Step(&nodes.Expire{...}, out)    // a timer fired
//	node.Step(&nodes.Synced{...}, out)    // what was written is durable now
//	node.Step(&nodes.Request{...}, out)   // a client asks
//
// A node never sees a clock, a random number, a goroutine, the order of a map
// or a float: equal nodes given equal inputs must become equal nodes and write
// equal effects. The simulator, the model checker, the replayer and the
// shrinker all rest on that, and package nodestest checks it.
//
// The package imports the standard library only, so that the engine can be
// lifted out of this repository.
package nodes
