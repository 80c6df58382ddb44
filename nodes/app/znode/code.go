package znode

import "strconv"

// Code says how an operation went, in ZooKeeper's numbers
// (KeeperException.Code).
type Code int32

// The codes this machine knows.
const (
	OK                      Code = 0
	RuntimeInconsistency    Code = -2 // part of a multi that failed further up
	MarshallingError        Code = -5 // the bytes are no operation
	Unimplemented           Code = -6 // a read sent as a write, or the other way round
	BadArguments            Code = -8 // no such path can be
	NoNode                  Code = -101
	BadVersion              Code = -103
	NoChildrenForEphemerals Code = -108
	NodeExists              Code = -110
	NotEmpty                Code = -111
	SessionExpired          Code = -112
	SessionMoved            Code = -118
	EphemeralOnLocalSession Code = -120
)

// String returns ZooKeeper's name of the code.
func (c Code) String() string {
	switch c {
	case OK:
		return "OK"
	case RuntimeInconsistency:
		return "RUNTIMEINCONSISTENCY"
	case MarshallingError:
		return "MARSHALLINGERROR"
	case Unimplemented:
		return "UNIMPLEMENTED"
	case BadArguments:
		return "BADARGUMENTS"
	case NoNode:
		return "NONODE"
	case BadVersion:
		return "BADVERSION"
	case NoChildrenForEphemerals:
		return "NOCHILDRENFOREPHEMERALS"
	case NodeExists:
		return "NODEEXISTS"
	case NotEmpty:
		return "NOTEMPTY"
	case SessionExpired:
		return "SESSIONEXPIRED"
	case SessionMoved:
		return "SESSIONMOVED"
	case EphemeralOnLocalSession:
		return "EPHEMERALONLOCALSESSION"
	default:
		return strconv.Itoa(int(c))
	}
}
