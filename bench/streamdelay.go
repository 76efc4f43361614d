package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
)

const (
	dripPath = "/drip"
	dripTime = time.Millisecond // between two pieces
)

// drip sends a stream event by event.
func drip(w http.ResponseWriter, _ *http.Request) {
	for event := range strings.SplitAfterSeq(chatStream(words(streamPieces)), "\n\n") {
		sendEvents(w, event)
		time.Sleep(dripTime)
	}
}

// delay measures how long it takes from the moment at which a piece of text has been read from the connection until the body of the
// loop has it.
func (t *table) delay(address string) error {
	vendors[0].at(address + dripPath)
	var arrivals clock
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return &timedConn{conn, &arrivals}, err
	}
	var delays []float64
	stream := alloy.AskStream(context.Background(), message, alloy.WithHTTPClient(&http.Client{Transport: transport}))
	for range stream.Text() {
		delays = append(delays, float64(arrivals.since()))
	}
	if got, err := stream.Result(); same(got, strings.Join(words(streamPieces), ""), err) != nil {
		return fmt.Errorf("the stream of single pieces: %w", same(got, strings.Join(words(streamPieces), ""), err))
	}
	slices.Sort(delays)
	middle := time.Duration(median(delays))
	t.group(fmt.Sprintf("streams: from the connection to the loop, %d pieces, one every %v", len(delays), dripTime))
	t.add(line{name: "time: median", figure: micros(middle), target: below("50 µs", middle.Seconds()*1e6, 50)})
	t.add(line{name: "time: of a hundred, the longest but one", figure: micros(time.Duration(delays[len(delays)*99/100-1]))})
	return nil
}

// clock has the time at which something was read last.
type clock struct{ read atomic.Pointer[time.Time] }

func (c *clock) since() time.Duration { return time.Since(*c.read.Load()) }

type timedConn struct {
	net.Conn
	clock *clock
}

func (c *timedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	now := time.Now()
	c.clock.read.Store(&now)
	return n, err
}
