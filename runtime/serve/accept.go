package serve

import (
	"net/http"
	"strconv"
	"strings"
)

const (
	typeJSON    = "application/json"
	typeEvents  = "text/event-stream"
	typeProblem = "application/problem+json"
)

// negotiate chooses the form of the answer by Accept (RFC 9110 §12.5.1). ok is false when neither is accepted.
func negotiate(header http.Header) (events, ok bool) {
	ranges := mediaRanges(header.Values("Accept"))
	if len(ranges) == 0 {
		return false, true
	}
	asJSON, _ := weigh(ranges, typeJSON)
	asEvents, named := weigh(ranges, typeEvents)
	if asEvents > 0 && (named && asEvents >= asJSON || asJSON == 0) {
		return true, true
	}
	return false, asJSON > 0
}

// mediaRange is one element of Accept.
type mediaRange struct {
	name   string // in lower case: text/event-stream, text/*, */*
	weight float64
}

// weigh is the weight of a media type: that of the most specific range that it is in. exact says that a range names it.
func weigh(ranges []mediaRange, name string) (weight float64, exact bool) {
	kind, _, _ := strings.Cut(name, "/")
	best := 0
	for _, r := range ranges {
		rank := 0
		switch r.name {
		case name:
			rank = 3
		case kind + "/*":
			rank = 2
		case "*/*":
			rank = 1
		}
		if rank > best || rank > 0 && rank == best && r.weight > weight {
			best, weight = rank, r.weight
		}
	}
	return weight, best == 3
}

// mediaRanges reads Accept. What is no range, or has a weight that is none, is left out.
func mediaRanges(values []string) []mediaRange {
	var all []mediaRange
	for _, value := range values {
		for _, element := range splitUnquoted(value, ',') {
			parts := splitUnquoted(element, ';')
			r := mediaRange{name: strings.ToLower(strings.TrimSpace(parts[0])), weight: 1}
			kind, sub, ok := strings.Cut(r.name, "/")
			ok = ok && kind != "" && sub != ""
			for _, p := range parts[1:] {
				key, text, _ := strings.Cut(p, "=")
				if strings.EqualFold(strings.TrimSpace(key), "q") {
					var sound bool
					r.weight, sound = qvalue(strings.TrimSpace(text))
					ok = ok && sound
					break
				}
			}
			if ok {
				all = append(all, r)
			}
		}
	}
	return all
}

// qvalue reads a weight: a number from 0 to 1 with at most three decimals (RFC 9110 §12.4.2).
func qvalue(text string) (float64, bool) {
	if text == "" || len(text) > len("0.000") || strings.Trim(text, "0123456789.") != "" {
		return 0, false
	}
	q, err := strconv.ParseFloat(text, 64)
	return q, err == nil && q <= 1
}

// splitUnquoted splits a header at a separator, but not within quoted strings (RFC 9110 §5.6.4).
func splitUnquoted(text string, separator byte) []string {
	var all []string
	begin, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch {
		case quoted && text[i] == '\\':
			i++
		case text[i] == '"':
			quoted = !quoted
		case text[i] == separator && !quoted:
			all, begin = append(all, text[begin:i]), i+1
		}
	}
	return append(all, text[begin:])
}
