// Package incident turns what the servers of a real ZooKeeper ensemble left on
// their disks into a scenario that goes on from there: the same votes, the same
// transfers, the same transactions given up, and whatever comes after.
//
// What a file of a real ensemble says and the simulator has no use for is left
// out: access control lists, times, request numbers. Containers and nodes with a
// time to live become persistent; nobody removes them. Sessions stay open until
// their time is up, for their clients are gone.
package incident
