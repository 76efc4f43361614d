package output

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// respelled returns text as the rules of a string want it: a date, a time or a duration that was written in another common way,
// or text with white space around it. It is not ok when no such writing keeps the rules.
func (t *textRules) respelled(text string) (string, bool) {
	if t == nil || len(text) > 100 {
		return "", false
	}
	fits := func(s string) bool { return t.broken(s) == "" }
	if s := strings.TrimSpace(text); s != text && fits(s) {
		return s, true
	}
	var forms []string
	if at, zoned, ok := readTime(text); ok {
		forms = timeForms(at, zoned, t.format)
	} else if clock, ok := readClock(text); ok && t.format != "date-time" && t.format != "date" {
		forms = []string{clock + "Z", clock, clock[:5]}
	}
	if len(forms) == 0 {
		if d, ok := readDuration(text); ok {
			forms = durationForms(d)
		}
	}
	if t.format == "uri" && strings.HasPrefix(text, "www.") {
		forms = append(forms, "https://"+text)
	}
	for _, s := range forms {
		if fits(s) {
			return s, true
		}
	}
	return "", false
}

// layouts are the common ways to write a date, with or without a time. None of them can be read in two ways: of dates in
// numbers only those are here that begin with the year, or have the dots of the German one.
var layouts = []struct {
	layout string
	zoned  bool
}{
	{time.RFC3339Nano, true},
	{"2006-01-02T15:04:05.999999999Z0700", true},
	{"2006-01-02T15:04Z07:00", true},
	{"2006-01-02 15:04:05.999999999Z07:00", true},
	{"2006-01-02 15:04:05.999999999 Z07:00", true},
	{"2006-01-02 15:04:05.999999999 -0700 MST", true},
	{"2006-01-02 15:04:05.999999999 -0700", true},
	{"2006-01-02 15:04:05 UTC", true},
	{"2006-01-02 15:04 UTC", true},
	{"2006-01-02T15:04:05.999999999", false},
	{"2006-01-02T15:04", false},
	{"2006-01-02 15:04:05.999999999", false},
	{"2006-01-02 15:04", false},
	{"2006-01-02 3:04 PM", false},
	{"2006-01-02", false},
	{"2006-1-2", false},
	{"2006/01/02 15:04:05", false},
	{"2006/01/02 15:04", false},
	{"2006/1/2", false},
	{"2006.01.02", false},
	{"2.1.2006 15:04:05", false},
	{"2.1.2006 15:04", false},
	{"2.1.2006", false},
	{"January 2, 2006", false},
	{"January 2 2006", false},
	{"January 2, 2006 15:04:05", false},
	{"January 2, 2006 15:04", false},
	{"January 2, 2006 3:04 PM", false},
	{"January 2, 2006 at 3:04 PM", false},
	{"Jan 2, 2006", false},
	{"Jan 2 2006", false},
	{"Jan 2, 2006 15:04:05", false},
	{"Jan 2, 2006 15:04", false},
	{"Jan 2, 2006 3:04 PM", false},
	{"2 January 2006", false},
	{"2 January 2006 15:04:05", false},
	{"2 January 2006 15:04", false},
	{"2 January 2006 3:04 PM", false},
	{"2 Jan 2006", false},
	{"2 Jan 2006 15:04:05", false},
	{"2 Jan 2006 15:04", false},
	{"2-Jan-2006", false},
	{"Monday, January 2, 2006", false},
	{"Monday, 2 January 2006", false},
	{"Mon, Jan 2, 2006", false},
	{"Mon, 2 Jan 2006", false},
	{"Mon, 2 Jan 2006 15:04:05 -0700", true},
	{"Mon, 2 Jan 2006 15:04:05 GMT", true},
	{"Mon Jan _2 15:04:05 2006", false},
	{"20060102T150405Z0700", true},
	{"20060102", false},
}

// ordinals are cut off the day of a month.
var ordinals = strings.NewReplacer("1st", "1", "2nd", "2", "3rd", "3", "0th", "0", "1th", "1", "2th", "2", "3th", "3",
	"4th", "4", "5th", "5", "6th", "6", "7th", "7", "8th", "8", "9th", "9", "Sept ", "Sep ", "Sept.", "Sep", " of ", " ")

// readTime reads a date. zoned reports whether the text names a zone; without one the time is that of UTC.
func readTime(text string) (at time.Time, zoned, ok bool) {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" || !strings.ContainsAny(text, "0123456789") {
		return time.Time{}, false, false
	}
	for _, spelling := range []string{text, ordinals.Replace(text), strings.ToUpper(text)} {
		for _, l := range layouts {
			if at, err := time.Parse(l.layout, spelling); err == nil {
				return at, l.zoned, true
			}
		}
	}
	if at, ok := slashedDate(text); ok {
		return at, false, true
	}
	return time.Time{}, false, false
}

// slashedDate reads a date like 12/31/2006 or 31/12/2006, if it can be read in one way only.
func slashedDate(text string) (time.Time, bool) {
	american, errA := time.Parse("1/2/2006", text)
	european, errE := time.Parse("2/1/2006", text)
	switch {
	case errA != nil && errE == nil:
		return european, true
	case errA == nil && (errE != nil || american.Equal(european)):
		return american, true
	}
	return time.Time{}, false
}

// timeForms are the ways in which a schema may want a date.
func timeForms(at time.Time, zoned bool, format string) []string {
	stamp := at.Format(time.RFC3339Nano)
	day := at.Format(time.DateOnly)
	midnight := at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0 && at.Nanosecond() == 0
	switch {
	case format == "date-time":
		return []string{stamp}
	case midnight && !zoned:
		return []string{day, stamp, at.Format("2006-01-02T15:04:05"), at.Format("2006-01-02 15:04:05")}
	case midnight:
		return []string{day, stamp}
	case zoned:
		return []string{stamp}
	}
	return []string{stamp, at.Format("2006-01-02T15:04:05"), at.Format("2006-01-02 15:04:05")}
}

// readClock reads a time of the day, and writes it as 15:04:05.
func readClock(text string) (string, bool) {
	text = strings.ToUpper(strings.Join(strings.Fields(text), " "))
	for _, layout := range []string{"15:04:05", "15:04", "3:04 PM", "3:04PM", "3 PM", "3PM", "3:04:05 PM", "15:04:05 UTC", "15:04 UTC"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.Format("15:04:05"), true
		}
	}
	return "", false
}

// units are the words for spans of time whose length is fixed.
var units = map[string]time.Duration{
	"ns": time.Nanosecond, "nanosecond": time.Nanosecond,
	"us": time.Microsecond, "µs": time.Microsecond, "microsecond": time.Microsecond,
	"ms": time.Millisecond, "msec": time.Millisecond, "millisecond": time.Millisecond,
	"s": time.Second, "sec": time.Second, "second": time.Second,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hour": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour,
	"w": 7 * 24 * time.Hour, "wk": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour,
}

// readDuration reads a duration: 1h30m, 90 minutes, 1 hour and 30 minutes, PT1H30M.
func readDuration(text string) (time.Duration, bool) {
	text = strings.TrimSpace(strings.ToLower(text))
	if rest, ok := strings.CutPrefix(text, "p"); ok {
		return readISODuration(rest)
	}
	text, negative := strings.CutPrefix(text, "-")
	text = strings.NewReplacer(",", " ", " and ", " ").Replace(text)
	var total time.Duration
	found := false
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		n := 0
		for n < len(rest) && (isDigit(rest[n]) || rest[n] == '.') {
			n++
		}
		number := rest[:n]
		rest = strings.TrimLeft(rest[n:], " -")
		n = 0
		for n < len(rest) && (isLetter(rest[n]) || rest[n] >= 0x80) {
			n++
		}
		unit, ok := units[rest[:n]]
		if !ok && n > 1 {
			unit, ok = units[strings.TrimSuffix(rest[:n], "s")]
		}
		rest = rest[n:]
		d, exact := times(number, unit)
		if !ok || !exact || total > 1<<62-d {
			return 0, false
		}
		total += d
		found = true
	}
	if negative {
		total = -total
	}
	return total, found
}

// times multiplies a decimal number by a unit, when the product is a whole number of nanoseconds.
func times(number string, unit time.Duration) (time.Duration, bool) {
	n := newNumber(number)
	if numberLen(number) != len(number) || number == "" {
		return 0, false
	}
	if n.isInt {
		d := time.Duration(n.integer) * unit
		return d, unit > 0 && n.integer < int64(1<<62)/int64(unit)
	}
	d := n.float * float64(unit)
	return time.Duration(d), d < 1<<62 && d == float64(time.Duration(d))
}

// readISODuration reads what follows the P of a duration of ISO 8601, if its length is fixed.
func readISODuration(text string) (time.Duration, bool) {
	days, clock, hasClock := strings.Cut(text, "t")
	if text == "" || hasClock && clock == "" || strings.ContainsAny(days, "ymsh") || strings.ContainsAny(clock, "dwy") {
		return 0, false
	}
	return readDuration(days + " " + clock)
}

// durationForms are the ways in which a schema may want a duration: as Go writes it, short and long, and as RFC 3339 does.
func durationForms(d time.Duration) []string {
	long := d.String()
	short := long
	if strings.HasSuffix(short, "m0s") {
		short = short[:len(short)-2]
	}
	if strings.HasSuffix(short, "h0m") {
		short = short[:len(short)-2]
	}
	forms := []string{short, long}
	if d >= 0 && d%time.Second == 0 {
		forms = append(forms, isoDuration(d))
	}
	if d%time.Minute == 0 {
		forms = append(forms, strconv.FormatInt(int64(d/time.Minute), 10)+"m")
	}
	return forms
}

// isoDuration writes whole seconds after RFC 3339, appendix A.
func isoDuration(d time.Duration) string {
	if d%(7*24*time.Hour) == 0 && d > 0 {
		return fmt.Sprintf("P%dW", d/(7*24*time.Hour))
	}
	s := "P"
	if days := d / (24 * time.Hour); days > 0 {
		s += fmt.Sprintf("%dD", days)
		d -= days * 24 * time.Hour
	}
	if d == 0 && s != "P" {
		return s
	}
	s += "T"
	hours, minutes, seconds := d/time.Hour, d/time.Minute%60, d/time.Second%60
	if hours > 0 {
		s += fmt.Sprintf("%dH", hours)
	}
	if minutes > 0 || hours > 0 && seconds > 0 {
		s += fmt.Sprintf("%dM", minutes)
	}
	if seconds > 0 || s[len(s)-1] == 'T' {
		s += fmt.Sprintf("%dS", seconds)
	}
	return s
}
