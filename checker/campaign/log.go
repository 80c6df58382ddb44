package campaign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// logName is the file of a campaign directory that has its log.
const logName = "campaign.log"

// journal is an append-only file of JSON objects, one a line, each behind its
// checksum:
//
//	5f0c9e1b {"first":32,"tally":{"runs":32,...}}
//
// A line is written at once and fsynced before append returns, so what a crash
// can leave is a prefix of the last line. It is cut off when the file is opened
// again: what it would have said did not count yet.
type journal struct{ file *os.File }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// createJournal makes a new journal. The directory is fsynced too: a file that
// nobody finds is not durable.
func createJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s exists: there was a campaign; go on with it, or choose another directory", path)
	}
	if err != nil {
		return nil, err
	}
	return &journal{f}, syncDir(filepath.Dir(path))
}

// openJournal opens a journal, gives take each of its lines, and leaves it ready
// for more. The error says where the file is damaged.
func openJournal(path string, take func(line []byte) error) (*journal, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	good := 0
	for number := 1; good < len(text); number++ {
		line, _, whole := bytes.Cut(text[good:], []byte("\n"))
		body, ok := checked(line)
		if rest := good + len(line) + 1; !ok || !whole {
			if rest < len(text) {
				return nil, fmt.Errorf("%s:%d: the checksum is wrong, and more follows: the file is damaged", path, number)
			}
			break // a prefix of the last line
		}
		if err := take(body); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, number, err)
		}
		good += len(line) + 1
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(int64(good), io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &journal{f}, errors.Join(f.Truncate(int64(good)), f.Sync())
}

// checked returns a line without its checksum, if that is right.
func checked(line []byte) (body []byte, ok bool) {
	sum, body, ok := bytes.Cut(line, []byte(" "))
	return body, ok && string(sum) == checksum(body)
}

func checksum(body []byte) string { return fmt.Sprintf("%08x", crc32.Checksum(body, castagnoli)) }

// append adds a line and makes it durable.
func (j *journal) append(v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(j.file, "%s %s\n", checksum(body), body); err != nil {
		return err
	}
	return j.file.Sync()
}

func (j *journal) close() error { return j.file.Close() }

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
