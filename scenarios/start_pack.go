package scenarios

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// packed is what [Start.Packed] holds.
type packed struct {
	Trees []Tree    `json:"trees,omitempty"`
	Txns  []TxnLine `json:"transactions,omitempty"`
}

const (
	// mostReadable is how much trees and transactions take before they are packed:
	// beyond that nobody reads them.
	mostReadable = 32 << 10
	// mostUnpacked bounds what a packed text can unfold to.
	mostUnpacked = 64 << 20
)

func (s *Start) unpack() error {
	compressed, err := base64.StdEncoding.DecodeString(s.Packed)
	if err != nil {
		return fmt.Errorf("this is not base64, or not all of it: %w", err)
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return fmt.Errorf("this is not what zabsim packed: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(unzipped, mostUnpacked+1))
	switch {
	case err != nil:
		return fmt.Errorf("a part of what zabsim packed is missing or damaged: %w", err)
	case len(text) > mostUnpacked:
		return fmt.Errorf("unpacked this is more than %d MB", mostUnpacked>>20)
	}
	var p packed
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return fmt.Errorf("what is packed here is no start: %w", err)
	}
	s.Trees, s.Txns = p.Trees, p.Txns
	return nil
}

// pack returns the packed form of trees and transactions.
func (s *Start) pack() (string, error) {
	var b bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	encoder := json.NewEncoder(zipped)
	encoder.SetEscapeHTML(false)
	if err := errors.Join(encoder.Encode(packed{s.Trees, s.Txns}), zipped.Close()); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// writeTo writes the section of a file: each server and each transaction on a
// line of its own.
func (s *Start) writeTo(b *bytes.Buffer) error {
	b.WriteString("start:\n  servers:\n")
	for _, r := range s.Servers {
		fmt.Fprintf(b, "    %s: ", r.Server)
		if err := writeFlow(b, r.RemnantFiles); err != nil {
			return err
		}
	}
	if len(s.History) > 0 {
		b.WriteString("  history: ")
		if err := writeFlow(b, s.History); err != nil {
			return err
		}
	}
	if s.Decided != (Zxid{}) {
		fmt.Fprintf(b, "  decided: %v\n", s.Decided)
	}
	var contents bytes.Buffer
	if err := errors.Join(writeList(&contents, "trees", s.Trees), writeList(&contents, "transactions", s.Txns)); err != nil {
		return err
	}
	if contents.Len() <= mostReadable {
		b.Write(contents.Bytes())
		return nil
	}
	text, err := s.pack()
	fmt.Fprintf(b, "  packed: %s\n", text)
	return err
}

func writeList[T any](b *bytes.Buffer, key string, items []T) error {
	if len(items) > 0 {
		fmt.Fprintf(b, "  %s:\n", key)
	}
	for i := range items {
		b.WriteString("    - ")
		if err := writeFlow(b, items[i]); err != nil {
			return err
		}
	}
	return nil
}

// MarshalYAML implements yaml.BytesMarshaler.
func (d Data) MarshalYAML() ([]byte, error) {
	text, err := d.MarshalText()
	if err != nil {
		return nil, err
	}
	return quote(string(text))
}
