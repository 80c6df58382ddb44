// Package models holds protocols from textbooks and papers, written for
// package explore, whose numbers of states are published. An explorer that
// finds exactly those neither loses states nor invents any.
//
//   - [DieHard]: the two jugs of the film, Lamport's first TLA+ example
//   - [TwoPhase]: two-phase commit, Gray and Lamport, "Consensus on Transaction
//     Commit"
//   - [NewPaxos]: single-decree Paxos as a register, checked for
//     linearizability, as in Stateright's example
//   - [NewABD]: the atomic register of Attiya, Bar-Noy and Dolev, "Sharing
//     Memory Robustly in Message-Passing Systems", as in Stateright's example
//   - [Zab]: the algorithm of "Zab: High-performance broadcast for primary-backup
//     systems" (DSN 2011), with the abstractions of the TLA+ specification in
//     Apache ZooKeeper's repository
package models
