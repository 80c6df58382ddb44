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
)

// A checkpoint holds how each state was found, 8 bytes a state, and what the
// search has counted. The states themselves are not in it: whoever resumes executes
// the model along those ways once more, so that states may be anything, such as the
// numbers that a model gave to parts it met, and a checkpoint of another model is
// found out. That takes one step for each state, where the search took one for
// each transition.
//
// It is written at the end of a level, when the search has grown by an eighth
// since the last time, next to its place and then renamed: what is killed at any
// moment leaves a whole one.

const checkpointMagic = "zabsim checkpoint 1\n"

// checkpoint is what stands in the file besides the parents.
type checkpoint struct {
	Wide, Deadlock, KeepGoing bool
	Model                     string // see identity
	Stats                     Stats
	Answers                   []savedAnswer
	States                    uint64 // of all levels
	Sum                       uint64 // of all fingerprints
}

type savedAnswer struct {
	Decided bool
	Route   []int
}

// save writes a checkpoint if a level begins and it is time for one.
func (b *bfs[S, A]) save() error {
	begins := b.sources[0].at == b.now.first
	if b.o.Checkpoint == "" || !begins || b.parents.n <= b.saved+b.saved/8 {
		return nil
	}
	b.saved = b.parents.n
	c := checkpoint{
		Wide: b.o.Wide, Deadlock: b.o.Deadlock, KeepGoing: b.o.KeepGoing, Model: b.identity(),
		Stats: b.stats, States: b.parents.n, Sum: b.visited.sum(),
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
	text := fmt.Sprintf("%T", b.model)
	if m, ok := b.model.(Bounded); ok {
		text += " within " + m.Bounds()
	}
	for i := range b.properties {
		text += ", " + b.properties[i].Name
	}
	return text
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
		word = binary.LittleEndian.AppendUint64(word[:0], p.chunks[i/parentChunk][i%parentChunk])
		if _, err := w.Write(word); err != nil {
			return err
		}
	}
	_, err := out.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	return err
}

// readCheckpoint returns what writeCheckpoint wrote.
func readCheckpoint(name string) (c checkpoint, words []byte, err error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return c, nil, err
	}
	damaged := fmt.Errorf("explore: %s is no checkpoint, or it is damaged", name)
	const head = len(checkpointMagic) + 8
	if len(data) < head+4 || string(data[:len(checkpointMagic)]) != checkpointMagic {
		return c, nil, damaged
	}
	body, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	n := binary.LittleEndian.Uint64(body[len(checkpointMagic):])
	if crc32.ChecksumIEEE(body) != sum || n > uint64(len(body)-head) {
		return c, nil, damaged
	}
	if err := json.Unmarshal(body[head:head+int(n)], &c); err != nil {
		return c, nil, damaged
	}
	if words = body[head+int(n):]; uint64(len(words)) != 8*c.States {
		return c, nil, damaged
	}
	return c, words, nil
}
