package zkdata

import "strconv"

// Code is why a write failed, in ZooKeeper's numbers (KeeperException.Code).
type Code int32

// codeNames are the codes that a transaction can carry.
var codeNames = [...]struct {
	code Code
	name string
}{
	{-1, "SYSTEMERROR"},
	{-2, "RUNTIMEINCONSISTENCY"}, // in a multi: a part that was not to blame
	{-5, "MARSHALLINGERROR"},
	{-6, "UNIMPLEMENTED"},
	{-8, "BADARGUMENTS"},
	{-13, "NEWCONFIGNOQUORUM"},
	{-14, "RECONFIGINPROGRESS"},
	{-101, "NONODE"},
	{-102, "NOAUTH"},
	{-103, "BADVERSION"},
	{-108, "NOCHILDRENFOREPHEMERALS"},
	{-110, "NODEEXISTS"},
	{-111, "NOTEMPTY"},
	{-112, "SESSIONEXPIRED"},
	{-114, "INVALIDACL"},
	{-118, "SESSIONMOVED"},
	{-120, "EPHEMERALONLOCALSESSION"},
	{-123, "RECONFIGDISABLED"},
	{-125, "QUOTAEXCEEDED"},
	{-127, "THROTTLEDOP"},
}

// String returns ZooKeeper's name of the code, or the number if it has none
// here.
func (c Code) String() string {
	for _, n := range codeNames {
		if n.code == c {
			return n.name
		}
	}
	return strconv.Itoa(int(c))
}
