package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
)

const streamPieces = 1000 // of text in a stream

// words are pieces of text as models send them: a token each.
func words(n int) []string {
	all := strings.SplitAfter(want.Summary+" ", " ")
	all = all[:len(all)-1]
	text := make([]string, n)
	for i := range text {
		text[i] = all[i%len(all)]
	}
	return text
}

// benchStreams measures reading streams, and what many of them hold in memory.
func benchStreams(t *table, s settings) error {
	for _, v := range vendors {
		if err := t.reading(&v, s.rounds); err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
	}
	address, stop, err := startServer()
	if err != nil {
		return err
	}
	defer stop()
	if err := t.held(address); err != nil {
		return err
	}
	return t.delay(address)
}

// reading measures a stream through a provider, from bytes that are there, beside reading the same bytes by hand.
func (t *table) reading(v *vendor, rounds int) error {
	v.at("http://bench.invalid")
	said := words(streamPieces)
	body := v.stream(said)
	p, err := v.new(provider.Config{HTTPClient: &http.Client{Transport: canned(body)}})
	if err != nil {
		return err
	}
	_, name, err := provider.Resolve(v.model)
	if err != nil {
		return err
	}
	req := &provider.Request{Model: name, Extra: v.extra(),
		Messages: []provider.Message{{Role: provider.User, Parts: []provider.Part{{Text: message}}}}}
	whole := strings.Join(said, "")
	var r race
	for _, w := range []way{
		{"bufio.Scanner and encoding/json, by hand", func() error {
			got, err := v.scan(strings.NewReader(body), func(string) {})
			return same(got, whole, err)
		}},
		{"the provider, with its request", func() error {
			resp, err := p.Do(context.Background(), req, func(provider.Delta) error { return nil })
			if err != nil {
				return err
			}
			return same(resp.Text(), whole, nil)
		}},
	} {
		if err := r.enter(w); err != nil {
			return err
		}
	}
	costs, err := r.run(rounds)
	if err != nil {
		return err
	}
	t.group(fmt.Sprintf("streams: %d pieces in %d KB, %s", streamPieces, len(body)>>10, v.name))
	l := lines(r.ways, costs)
	l[1].target = atMost("1.3 × by hand", l[1].ratio, 1.3)
	t.add(l[0])
	t.add(l[1])
	return nil
}

func same(got, want string, err error) error {
	if err == nil && got != want {
		err = fmt.Errorf("got %d bytes of text, want %d", len(got), len(want))
	}
	return err
}

// scan is what a person writes: it shows each piece, and returns the whole text.
func (v *vendor) scan(body io.Reader, show func(string)) (string, error) {
	var whole strings.Builder
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte(v.prefix))
		if !ok || len(data) == 0 {
			continue
		}
		text, end, err := v.scanned(data)
		if err != nil {
			return "", err
		}
		if text != "" {
			whole.WriteString(text)
			show(text)
		}
		if end {
			return whole.String(), nil
		}
	}
	return "", errors.Join(lines.Err(), io.ErrUnexpectedEOF)
}

// canned answers every request with a stream, without a network.
type canned string

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	_, err := io.Copy(io.Discard, r.Body)
	r.Body.Close()
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {c.mediaType()}}, ContentLength: -1, Body: io.NopCloser(strings.NewReader(string(c))),
	}, err
}

func (c canned) mediaType() string {
	if strings.HasPrefix(string(c), "{") {
		return "application/x-ndjson"
	}
	return "text/event-stream"
}
