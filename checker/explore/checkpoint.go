package explore

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strings"
)

// A checkpoint holds how each state was found, 8 bytes a state, and what the
// search has counted. The states themselves are not in it: whoever resumes executes
// the model along those ways once more, so that states may be anything, such as the
// numbers that a model gave to parts it met, and a checkpoint of another model is
// found out. That takes one step for each state, where the search took one for
// each transition.
//
// It is written when a level begins, when the search has grown by an eighth since
// the last time, next to its place and then renamed: what is killed at any moment
// leaves a whole one.

const checkpointMagic = "zabsim checkpoint 2\n"

// checkpoint is what stands in the file besides the parents.
type checkpoint struct {
	Wide, Deadlock, KeepGoing, Layered bool
	Bitstate                           uint64
	Reduce                             Reduction
	Model                              string // see identity
	Stats                              Stats
	Answers                            []savedAnswer
	Descents                           []descent
	Depth                              int                // the limit on it, if TooDeep; 0: none
	TooDeep                            uint64             // states that were not expanded because of it
	States                             uint64             // of all levels
	Sum                                uint64             // of all fingerprints
	Doubts                             [partCount]float64 // with Bitstate
}

type savedAnswer struct {
	Decided bool
	Route   []int
}

// descent is all that decides where a search goes on when a level is complete.
type descent struct {
	States uint64 // that were found for the next one
	Costly bool   // the level has actions that cost something
}

// save writes a checkpoint if a level begins and it is time for one.
func (b *bfs[S, A]) save() error {
	if b.o.Checkpoint == "" || !b.begins || b.parents.n <= b.saved+b.saved/8 {
		return nil
	}
	b.saved = b.parents.n
	c := checkpoint{
		Wide: b.o.Wide, Deadlock: b.o.Deadlock, KeepGoing: b.o.KeepGoing, Layered: b.o.Layered,
		Bitstate: b.o.Bitstate, Doubts: b.visited.doubts(), Reduce: b.o.Reduce, Model: b.identity(),
		Stats: b.stats, Descents: b.descents, Depth: b.o.Limits.Depth, TooDeep: b.tooDeep, States: b.parents.n, Sum: b.visited.sum(),
	}
	for _, a := range b.answers {
		c.Answers = append(c.Answers, savedAnswer{a.decided, a.route})
	}
	head, err := json.Marshal(c)
	if err != nil {
		return err
	}
	next := b.o.Checkpoint + ".next"
	if err := writeFile(next, func(w io.Writer) error { return writeCheckpoint(w, head, &b.parents) }); err != nil {
		return fmt.Errorf("explore: no checkpoint was written: %w", err)
	}
	return os.Rename(next, b.o.Checkpoint)
}

// identity says what is searched, as far as the states do not.
func (b *bfs[S, A]) identity() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%T", b.model)
	if m, ok := b.model.(Bounded); ok {
		text.WriteString(" within " + m.Bounds())
	}
	for i := range b.properties {
		text.WriteString(", " + b.properties[i].Name)
	}
	return text.String()
}

// writeFile writes a file that is on the disk when it returns.
func writeFile(name string, write func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	return errors.Join(write(w), w.Flush(), file.Sync(), file.Close())
}

// writeCheckpoint writes magic, the length of the head, the head, the parents, and
// a checksum of all that.
func writeCheckpoint(out io.Writer, head []byte, p *parents) error {
	sum := crc32.NewIEEE()
	w := io.MultiWriter(out, sum)
	word := binary.LittleEndian.AppendUint64([]byte(checkpointMagic), uint64(len(head)))
	if _, err := w.Write(append(word, head...)); err != nil {
		return err
	}
	for i := range p.n {
		word = binary.LittleEndian.AppendUint64(word[:0], p.word(i))
		if _, err := w.Write(word); err != nil {
			return err
		}
	}
	_, err := out.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	return err
}

// savedSearch reads what writeCheckpoint wrote: the head at once, the words of the
// parents one after the other, since there may be a great many.
type savedSearch struct {
	checkpoint
	file  *os.File
	words *bufio.Reader
}

var errDamaged = errors.New("damaged")

// openCheckpoint looks whether a checkpoint is whole. It has to be closed.
func openCheckpoint(name string) (*savedSearch, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	s := &savedSearch{file: file}
	if err = s.verify(); err == nil {
		err = s.readHead()
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("explore: %s is no checkpoint, or it is damaged", name)
	}
	return s, nil
}

// verify compares the checksum.
func (s *savedSearch) verify() error {
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	sum := crc32.NewIEEE()
	if _, err := io.CopyN(sum, s.file, info.Size()-crc32.Size); err != nil {
		return err
	}
	var want [crc32.Size]byte
	if _, err := io.ReadFull(s.file, want[:]); err != nil || binary.LittleEndian.Uint32(want[:]) != sum.Sum32() {
		return errDamaged
	}
	_, err = s.file.Seek(0, io.SeekStart)
	s.words = bufio.NewReader(io.LimitReader(s.file, info.Size()-crc32.Size))
	return err
}

// readHead reads what stands before the words.
func (s *savedSearch) readHead() error {
	magic := make([]byte, len(checkpointMagic))
	if _, err := io.ReadFull(s.words, magic); err != nil || string(magic) != checkpointMagic {
		return errDamaged
	}
	size, err := s.word()
	if err != nil {
		return err
	}
	head, err := io.ReadAll(io.LimitReader(s.words, int64(size)))
	if err != nil {
		return err
	}
	return json.Unmarshal(head, &s.checkpoint)
}

// word reads the next word.
func (s *savedSearch) word() (uint64, error) {
	var b [8]byte
	_, err := io.ReadFull(s.words, b[:])
	return binary.LittleEndian.Uint64(b[:]), err
}

func (s *savedSearch) close() { s.file.Close() }
