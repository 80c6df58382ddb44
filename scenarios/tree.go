package scenarios

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFile bounds the size of a scenario file, and with it the depth to which
// the YAML parser can be made to recurse.
const maxFile = 128 << 10

// maxWord bounds the size of a file with one long word in it: what is packed.
// However long, a word does not make the parser recurse.
const maxWord = 8 << 20

// longestWord returns the length of the longest run of the characters of base64.
func longestWord(source string) int {
	isLetter := func(c byte) bool {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '/' || c == '='
	}
	longest, length := 0, 0
	for i := range len(source) {
		if !isLetter(source[i]) {
			length = 0
			continue
		}
		length++
		longest = max(longest, length)
	}
	return longest
}

// kind is what a node of a file is.
type kind uint8

const (
	absent  kind = iota // not in the file: what a lookup that leads nowhere returns
	scalar              // a word, a number, true, nothing
	mapping             // keys and items
	list                // items
)

// node is one value of a scenario file and where it stands. Later passes find
// the node of what they complain about by its path, so that Go values need not
// carry positions.
type node struct {
	kind         kind
	line, column int // from 1
	width        int // in characters, on that line
	text         string
	json         any // a scalar as JSON has it: nil, bool, int64, uint64, float64 or string
	keys         []*node
	items        []*node
}

// key returns the node of a key in a mapping, or nil.
func (n *node) key(name string) *node {
	if i := n.index(name); i >= 0 {
		return n.keys[i]
	}
	return nil
}

// value returns what stands under a key of a mapping, or an absent node.
func (n *node) value(name string) *node {
	if i := n.index(name); i >= 0 {
		return n.items[i]
	}
	return &node{}
}

func (n *node) index(name string) int {
	return slices.IndexFunc(n.keys, func(k *node) bool { return k.text == name })
}

// at follows a path of keys and places in lists (from 0) as far as it leads.
func (n *node) at(path ...any) *node {
	for _, step := range path {
		var next *node
		switch name := fmt.Sprint(step); n.kind {
		case mapping:
			next = n.value(name)
		case list:
			if i, err := strconv.Atoi(name); err == nil && i < len(n.items) {
				next = n.items[i]
			}
		}
		if next == nil || next.kind == absent {
			return n
		}
		n = next
	}
	return n
}

// present returns those of the names that are keys of the mapping.
func (n *node) present(names ...string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return n.key(name) == nil })
}

// parseTree reads YAML: one document of mappings, lists and scalars. Anchors,
// aliases, tags and merge keys are refused, because a scenario has one place
// for everything.
func parseTree(r *reporter, source string) *node {
	switch {
	case len(source)-longestWord(source) > maxFile:
		r.reportAt(1, 1, 1, "the file has %d bytes; zabsim reads up to %d", len(source), maxFile)
		return nil
	case len(source) > maxWord:
		r.reportAt(1, 1, 1, "the file has %d bytes; even with a packed start zabsim reads up to %d", len(source), maxWord)
		return nil
	case !utf8.ValidString(source):
		r.reportAt(1, 1, 1, "this is not UTF-8 text")
		return nil
	}
	file, err := parseYAML(source)
	if err != nil {
		line, column := 1, 1
		message := err.Error()
		if positioned, ok := errors.AsType[yaml.Error](err); ok {
			message = positioned.GetMessage()
			if t := positioned.GetToken(); t != nil {
				line, column = t.Position.Line, t.Position.Column
			}
		}
		r.reportAt(line, column, 1, "this is not YAML: %s", message)
		return nil
	}
	b := treeBuilder{r}
	var root *node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case root == nil:
			root = b.build(doc.Body)
		default:
			extra := b.build(doc.Body)
			r.report(extra, "a file holds one scenario; this is the second")
		}
	}
	if root == nil {
		r.reportAt(1, 1, 1, "the file is empty; zabsim new NAME writes a scenario to start from")
		return nil
	}
	if root.kind != mapping {
		r.report(root, "a scenario is a mapping that begins with \"version: 1\"")
		return nil
	}
	return root
}

// parseYAML calls the YAML parser. Parsers of YAML are large; should this one
// panic, that is a bad file and not the end of the program.
func parseYAML(source string) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the parser gave up: %v", p)
		}
	}()
	return parser.ParseBytes([]byte(source), 0, parser.AllowDuplicateMapKey())
}

// treeBuilder turns the parser's tree into nodes.
type treeBuilder struct{ r *reporter }

func (b treeBuilder) build(n ast.Node) *node {
	switch n := n.(type) {
	case *ast.MappingNode:
		return b.mapping(n)
	case *ast.SequenceNode:
		made := b.place(n.GetToken())
		made.kind = list
		for _, item := range n.Values {
			made.items = append(made.items, b.build(item))
		}
		return made
	case *ast.LiteralNode: // a block of text: "|" or ">"
		made := b.scalar(n.GetToken(), n.Value.Value)
		made.text = n.Value.Value
		return made
	case *ast.NullNode:
		return b.scalar(n.Token, nil)
	case *ast.BoolNode:
		return b.scalar(n.Token, n.Value)
	case *ast.IntegerNode:
		return b.scalar(n.Token, n.Value)
	case *ast.FloatNode:
		return b.scalar(n.Token, n.Value)
	case *ast.StringNode:
		made := b.scalar(n.Token, n.Value)
		made.text = n.Value
		return made
	case *ast.InfinityNode, *ast.NanNode:
		return b.scalar(n.GetToken(), n.GetToken().Value)
	case nil:
		return &node{kind: scalar, line: 1, column: 1, width: 1}
	default:
		made := b.scalar(n.GetToken(), nil)
		b.r.report(made, "scenarios do without YAML's %s; write the value where it is used", yamlName(n))
		return made
	}
}

func (b treeBuilder) mapping(n *ast.MappingNode) *node {
	made := b.place(n.GetToken())
	made.kind = mapping
	for _, pair := range n.Values {
		var key *node
		switch k := pair.Key.(type) {
		case *ast.MappingKeyNode, *ast.MergeKeyNode, *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
			key = b.build(k)
		default:
			key = b.place(k.GetToken())
			key.kind, key.text = scalar, k.GetToken().Value
		}
		value := b.build(pair.Value)
		if key.text != "" && made.key(key.text) != nil {
			b.r.report(key, "%q stands here for the second time", key.text)
			continue
		}
		made.keys = append(made.keys, key)
		made.items = append(made.items, value)
	}
	if !n.IsFlowStyle && len(made.keys) > 0 {
		// The parser places a block mapping at its first colon.
		first := made.keys[0]
		made.line, made.column, made.width = first.line, first.column, first.width
	}
	return made
}

// scalar makes the node of a scalar that JSON writes as value.
func (b treeBuilder) scalar(t *token.Token, value any) *node {
	made := b.place(t)
	made.kind, made.json, made.text = scalar, value, t.Value
	if f, isFloat := value.(float64); isFloat && (math.IsInf(f, 0) || math.IsNaN(f)) {
		made.json = t.Value // JSON has no infinity
	}
	return made
}

// place makes a node that stands where the token stands.
func (b treeBuilder) place(t *token.Token) *node {
	made := &node{line: 1, column: 1, width: 1}
	if t == nil || t.Position == nil {
		return made
	}
	made.line, made.column = t.Position.Line, t.Position.Column
	visible, _, _ := strings.Cut(strings.TrimSpace(t.Origin), "\n")
	made.width = max(1, utf8.RuneCountInString(strings.TrimSpace(visible)))
	return made
}

// yamlName names a feature of YAML that scenarios do without.
func yamlName(n ast.Node) string {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode:
		return "anchors and aliases"
	case *ast.TagNode:
		return "tags"
	case *ast.MergeKeyNode:
		return "merge keys"
	default:
		return strconv.Quote(n.Type().YAMLName())
	}
}
