// Package history judges what clients of a real system did and were told.
//
// [Parse] reads a recorded history, in one of the formats that README.md
// describes. [Judge] tells which of three properties it has:
//
//   - linearizable-writes: writes, compare-and-sets and synced reads have one
//     order that agrees with their results and with real time (Herlihy, Wing,
//     TOPLAS 1990). ZooKeeper promises it for writes (Hunt et al., ATC 2010,
//     section 2.3), and a synced read mostly is so too (R-BC-15).
//   - sequential: with plain reads in, too, one order agrees with all results,
//     with the order in each session, and for writes with real time: ordered
//     sequential consistency (Lev-Ari et al. 2017). A read may be behind what
//     other sessions have seen.
//   - linearizable: the first property for all operations. What spoils it are
//     stale reads. ZooKeeper allows them.
//
// There are two ways to judge. Where every operation that succeeded came with
// the version of its register and the zxid of the write that made it, the order
// of all writes is given, and what is left is to compare it with real time and
// with the sessions. That is exact and takes n log n steps. Otherwise porcupine
// searches for an order, which is exact if it comes to an end in time.
//
// An operation of unknown outcome may have taken effect at any time after its
// call, or never. By versions and values it is found out which of them did; a
// version that no operation can have made is a violation.
package history
