package main

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"

	alloy "github.com/alloygen/alloygen/runtime"
)

const (
	manyStreams = 1000
	streamSize  = 100 << 10 // bytes of a stream, as they are sent

	holdPath    = "/hold"
	releasePath = "/release"
)

// heldPieces is how many pieces of text make a stream of streamSize.
func heldPieces() int {
	const few = 100
	one := (len(chatStream(words(2*few))) - len(chatStream(words(few)))) / few
	return streamSize / one
}

var released = make(chan struct{})

// hold sends a stream but for its end, and that when it is released.
func hold(w http.ResponseWriter, r *http.Request) {
	stream := chatStream(words(heldPieces()))
	end := strings.LastIndex(strings.TrimSuffix(stream, "data: [DONE]\n\n"), "data: ")
	sendEvents(w, stream[:end])
	select {
	case <-released:
	case <-r.Context().Done():
	}
	sendEvents(w, stream[end:])
}

func release(http.ResponseWriter, *http.Request) { close(released) }

func sendEvents(w http.ResponseWriter, events string) {
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, events)
	w.(http.Flusher).Flush()
}

// held measures what many streams hold while all of them are under way, and nearly at their end: the whole way from the
// connection to the loop, the text so far included.
func (t *table) held(address string) error {
	vendors[0].at(address + holdPath)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	client, err := alloy.New(alloy.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		return err
	}
	ctx := alloy.WithClient(context.Background(), client)
	whole := strings.Join(words(heldPieces()), "")
	before, _ := inUse()
	arrived, done := make(chan error, 2*manyStreams), make(chan error, manyStreams)
	var readers sync.WaitGroup
	for range manyStreams {
		readers.Go(func() {
			stream := alloy.AskStream(ctx, message)
			n := 0
			for piece := range stream.Text() {
				if n += len(piece); n == len(whole) {
					arrived <- nil
				}
			}
			got, err := stream.Result()
			err = same(got, whole, err)
			arrived <- err // where it failed before
			done <- err
		})
	}
	for range manyStreams {
		if err := <-arrived; err != nil {
			return err
		}
	}
	after, garbage := inUse()
	if _, err := post(ctx, http.DefaultClient, address+releasePath, chatForm.key, nil); err != nil {
		return err
	}
	readers.Wait()
	for range manyStreams {
		if err := <-done; err != nil {
			return err
		}
	}
	t.group(fmt.Sprintf("streams: %d at once, of %d KB each, before their ends", manyStreams, streamSize>>10))
	each := float64(after-before) / manyStreams
	t.add(line{name: "memory of one: heap and stacks", figure: kilobytes(each), target: below("64 KB", each, 64e3)})
	t.add(line{name: "with garbage that was not collected yet", figure: kilobytes(float64(garbage-before) / manyStreams)})
	return nil
}

// inUse is the memory of the heap's objects and of the stacks, after and before a collection of garbage.
func inUse() (after, before int64) {
	sum := func() int64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc + m.StackInuse)
	}
	before = sum()
	runtime.GC()
	runtime.GC() // of what the first one finalized
	return sum(), before
}

func kilobytes(n float64) string { return fmt.Sprintf("%.1f KB", n/1e3) }
