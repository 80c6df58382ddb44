// Package zkdata reads what a real ZooKeeper server leaves on its disk, and
// says what the disks of an ensemble have to do with each other.
//
// The files of one server, in the directory version-2 of its data directory:
//
//	log.ZXID        transactions in the order they were logged, committed or
//	                not; the first one gives the file its name     [Log]
//	snapshot.ZXID   the whole tree as of about that transaction    [ReadSnapshot];
//	                packed if its name ends in .gz or .snappy
//	acceptedEpoch   the epoch it has promised, in digits           [ReadServer]
//	currentEpoch    the epoch whose initial history it holds
//
// [ReadServer] reads them all. On several servers [Examine] finds out which
// transactions survived and which are dead, that is, were proposed by a leader
// that was replaced before a quorum had them; where logs have gaps, and whether
// a snapshot bridges them. [Ensemble.Predict] says who would be elected among some
// of them and how the others would be brought in line; it asks the code of package
// zab, which also runs in the simulator.
//
// A log file is read like this (ZooKeeper's FileTxnLog):
//
//	"ZKLG"  version 2 (4 bytes)  database id (8 bytes)
//	for each transaction
//	        Adler-32 of the payload (8 bytes)  its length (4 bytes)
//	        the payload: header, transaction, digest of the tree
//	        0x42
//	zeros to the end of the file, which is allocated in advance
//
// A file that breaks off ends there, as a crash may have cut it; a payload that
// does not fit its checksum is an error, with which ZooKeeper does not start
// (R-DUR-12). A snapshot that breaks off is not used, and nothing is said of it.
// The package believes nothing that a file says: what it allocates
// is bounded by the size of the file, and each complaint is a [Problem] with the
// byte it is about.
//
// Numbers are big-endian; strings and buffers are preceded by their length, -1
// for none (ZooKeeper's jute).
package zkdata
