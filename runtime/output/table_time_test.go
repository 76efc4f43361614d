package output_test

import "testing"

// Dates, times and durations in common spellings.

var timeTable = []run{
	{name: "a date in words", schema: object(dateType), text: `{"a":"March 3, 2025"}`, want: `{"a":"2025-03-03"}`, repairs: "coerced@$.a"},
	{name: "a date in words, the day first", schema: object(dateType), text: `{"a":"3 March 2025"}`, want: `{"a":"2025-03-03"}`, repairs: "coerced@$.a"},
	{name: "a short month", schema: object(dateType), text: `{"a":"Sep 21, 2025"}`, want: `{"a":"2025-09-21"}`, repairs: "coerced@$.a"},
	{name: "a short month of four letters", schema: object(dateType), text: `{"a":"21 Sept 2025"}`, want: `{"a":"2025-09-21"}`, repairs: "coerced@$.a"},
	{name: "a weekday before the date", schema: object(dateType), text: `{"a":"Monday, March 3, 2025"}`, want: `{"a":"2025-03-03"}`, repairs: "coerced@$.a"},
	{name: "a date with slashes, the year first", schema: object(dateType), text: `{"a":"2025/11/05"}`, want: `{"a":"2025-11-05"}`, repairs: "coerced@$.a"},
	{name: "a date without zeros", schema: object(dateType), text: `{"a":"2025-3-3"}`, want: `{"a":"2025-03-03"}`, repairs: "coerced@$.a"},
	{name: "a date without signs", schema: object(dateType), text: `{"a":"20250303"}`, want: `{"a":"2025-03-03"}`, repairs: "coerced@$.a"},
	{name: "a date of Germany", schema: object(dateType), text: `{"a":"24.12.2025"}`, want: `{"a":"2025-12-24"}`, repairs: "coerced@$.a"},
	{name: "a date of Germany, with short numbers", schema: object(dateType), text: `{"a":"3.4.2025"}`, want: `{"a":"2025-04-03"}`, repairs: "coerced@$.a"},
	{name: "a date of America that reads one way only", schema: object(dateType), text: `{"a":"12/24/2025"}`, want: `{"a":"2025-12-24"}`, repairs: "coerced@$.a"},
	{name: "a date of Britain that reads one way only", schema: object(dateType), text: `{"a":"24/12/2025"}`, want: `{"a":"2025-12-24"}`, repairs: "coerced@$.a"},
	{name: "day and month alike", schema: object(dateType), text: `{"a":"04/04/2025"}`, want: `{"a":"2025-04-04"}`, repairs: "coerced@$.a"},
	{name: "midnight for a date", schema: object(dateType), text: `{"a":"2025-03-03T00:00:00Z"}`, want: `{"a":"2025-03-03"}`, repairs: "coerced@$.a"},
	{name: "a date with blanks", schema: object(dateType), text: `{"a":" 2025-03-03 "}`, want: `{"a":"2025-03-03"}`, repairs: "coerced@$.a"},

	{name: "a blank for the T", schema: invoiceSchema, text: bill(`2025-03-03T09:00:00Z`, `2025-03-03 09:00:00Z`), want: invoiceJSON, repairs: "coerced@$.issued"},
	{name: "no seconds", schema: invoiceSchema, text: bill(`2025-03-03T09:00:00Z`, `2025-03-03T09:00Z`), want: invoiceJSON, repairs: "coerced@$.issued"},
	{name: "UTC behind the time", schema: invoiceSchema, text: bill(`2025-03-03T09:00:00Z`, `2025-03-03 09:00 UTC`), want: invoiceJSON, repairs: "coerced@$.issued"},
	{name: "the date of a mail", schema: invoiceSchema, text: bill(`2025-03-03T09:00:00Z`, `Mon, 03 Mar 2025 09:00:00 GMT`), want: invoiceJSON, repairs: "coerced@$.issued"},
	{name: "a zone without a colon", schema: invoiceSchema, text: bill(`2025-03-03T09:00:00Z`, `2025-03-03T10:00:00+0100`), want: bill(`2025-03-03T09:00:00Z`, `2025-03-03T10:00:00+01:00`), repairs: "coerced@$.issued"},
	{name: "a day for a time", schema: invoiceSchema, text: bill(`"due":null`, `"due":"April 2, 2025"`), want: bill(`"due":null`, `"due":"2025-04-02T00:00:00Z"`), repairs: "coerced@$.due"},
	{name: "a time in words", schema: tripSchema, text: `{"from":"Oslo","to":"Nice","nights":7,"departs":"July 4, 2025 6:45 AM"}`, want: `{"from":"Oslo","to":"Nice","nights":7,"departs":"2025-07-04T06:45:00Z"}`, repairs: "coerced@$.departs"},
	{name: "the time of a log", schema: logLineSchema, text: `{"level":"ERROR","service":"db","message":"deadlock","at":"2025-11-25 04:52:08.123"}`, want: `{"level":"ERROR","service":"db","message":"deadlock","at":"2025-11-25T04:52:08.123Z"}`, repairs: "coerced@$.at"},
	{name: "a zone with minutes", schema: tripSchema, text: `{"from":"Delhi","to":"Goa","nights":3,"departs":"2025-07-04 06:45:00 +0530"}`, want: `{"from":"Delhi","to":"Goa","nights":3,"departs":"2025-07-04T06:45:00+05:30"}`, repairs: "coerced@$.departs"},

	{name: "a clock", schema: object(clockType), text: `{"a":"14:30"}`, want: `{"a":"14:30:00Z"}`, repairs: "coerced@$.a"},
	{name: "a clock of twelve hours", schema: object(clockType), text: `{"a":"2:30 PM"}`, want: `{"a":"14:30:00Z"}`, repairs: "coerced@$.a"},
	{name: "a clock of twelve hours in small letters", schema: object(clockType), text: `{"a":"9am"}`, want: `{"a":"09:00:00Z"}`, repairs: "coerced@$.a"},
	{name: "a clock for a pattern", schema: object(`{"type":"string","pattern":"^[0-2][0-9]:[0-5][0-9]$"}`), text: `{"a":"7:05 pm"}`, want: `{"a":"19:05"}`, repairs: "coerced@$.a"},

	{name: "a duration in minutes", schema: object(periodType), text: `{"a":"90 minutes"}`, want: `{"a":"PT1H30M"}`, repairs: "coerced@$.a"},
	{name: "a duration of Go", schema: object(periodType), text: `{"a":"1h30m"}`, want: `{"a":"PT1H30M"}`, repairs: "coerced@$.a"},
	{name: "a duration in days", schema: object(periodType), text: `{"a":"2 days"}`, want: `{"a":"P2D"}`, repairs: "coerced@$.a"},
	{name: "a duration in words", schema: object(periodType), text: `{"a":"1 hour and 30 minutes"}`, want: `{"a":"PT1H30M"}`, repairs: "coerced@$.a"},
	{name: "a duration in small letters", schema: object(periodType), text: `{"a":"pt45m"}`, want: `{"a":"PT45M"}`, repairs: "coerced@$.a"},

	{name: "seconds for Go", schema: logLineSchema, text: `{"level":"WARN","service":"api","message":"429","retry_after":"30 sec"}`, want: `{"level":"WARN","service":"api","message":"429","retry_after":"30s"}`, repairs: "coerced@$.retry_after"},
	{name: "milliseconds for Go", schema: logLineSchema, text: `{"level":"WARN","service":"api","message":"429","retry_after":"250 milliseconds"}`, want: `{"level":"WARN","service":"api","message":"429","retry_after":"250ms"}`, repairs: "coerced@$.retry_after"},
	{name: "an ISO duration for Go", schema: object(spanType), text: `{"a":"PT1H30M"}`, want: `{"a":"1h30m"}`, repairs: "coerced@$.a"},
	{name: "blanks in a duration of Go", schema: object(spanType), text: `{"a":"1h 15m"}`, want: `{"a":"1h15m"}`, repairs: "coerced@$.a"},
	{name: "a fraction of an hour for Go", schema: object(spanType), text: `{"a":"1.5 hours"}`, want: `{"a":"1h30m"}`, repairs: "coerced@$.a"},
	{name: "days for Go", schema: invoiceSchema, text: bill(`"48h"`, `"2 days"`), want: invoiceJSON, repairs: "coerced@$.grace"},
	{name: "an ISO duration in days for Go", schema: invoiceSchema, text: bill(`"48h"`, `"P2D"`), want: invoiceJSON, repairs: "coerced@$.grace"},
	{name: "hours in words for Go", schema: invoiceSchema, text: bill(`"48h"`, `"48 hours"`), want: invoiceJSON, repairs: "coerced@$.grace"},
	{name: "minutes that are hours for Go", schema: invoiceSchema, text: bill(`"48h"`, `"2880m"`), want: invoiceJSON, repairs: "coerced@$.grace"},
	{name: "a negative duration for Go", schema: object(spanType), text: `{"a":"-5 minutes"}`, want: `{"a":"-5m"}`, repairs: "coerced@$.a"},
	{name: "hours, minutes and seconds for Go", schema: object(spanType), text: `{"a":"2 hours, 5 minutes, 10 seconds"}`, want: `{"a":"2h5m10s"}`, repairs: "coerced@$.a"},
	{name: "a duration without quotes", schema: object(spanType), text: `{a: 90 minutes}`, want: `{"a":"1h30m"}`, repairs: "quotes@$.a quotes@$.a coerced@$.a"},
}

func TestTimes(t *testing.T) { check(t, timeTable) }
