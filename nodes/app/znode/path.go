package znode

import "strings"

// valid reports whether a path names a node: it begins with a slash, does not
// end with one unless it is the root's, and has no empty, "." or ".." name in
// it.
func valid(path string) bool {
	if path == "/" {
		return true
	}
	names, found := strings.CutPrefix(path, "/")
	if !found {
		return false
	}
	for name := range strings.SplitSeq(names, "/") {
		if name == "" || name == "." || name == ".." || strings.ContainsRune(name, 0) {
			return false
		}
	}
	return true
}

// split returns the path of the parent and the name of a node that is not the
// root.
func split(path string) (parent, name string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 1)], path[i+1:]
}

// join returns the path of a child.
func join(parent, name string) string {
	if parent == "/" {
		return parent + name
	}
	return parent + "/" + name
}

// steps calls back for the names on the way to a path.
func steps(path string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for rest := strings.TrimPrefix(path, "/"); rest != ""; {
			var name string
			name, rest, _ = strings.Cut(rest, "/")
			if !yield(name) {
				return
			}
		}
	}
}
