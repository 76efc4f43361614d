package wire

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
)

// Fault is a failure in the vendor's own words.
type Fault struct {
	Status  int    // the HTTP status, or the number that stands for it in the body; 0 when there is none
	Type    string // error.type, or error.status
	Code    string // error.code, when it is a word, or the reason of Google's ErrorInfo
	Message string

	Details    []json.RawMessage // error.details
	RetryAfter time.Duration     // how long the body asks to wait; 0 when it does not say

	found bool // the body has an error at all
}

// word is the vendor's most specific word for the error.
func (f Fault) word() string {
	if f.Code != "" {
		return f.Code
	}
	return f.Type
}

// parseFault reads the shapes in which servers report errors: {"error": {"type", "code", "message"}} with a code that may be
// a number, Google's {"error": {"status", "code", "message", "details"}}, also as the only item of a list, {"error": "text"},
// and the {"message"} or {"detail"} of gateways. Anything else is a Fault without words.
func parseFault(body []byte) Fault {
	var list []json.RawMessage
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) && json.Unmarshal(body, &list) == nil && len(list) == 1 {
		body = list[0]
	}
	var doc struct {
		Error   json.RawMessage `json:"error"`
		Message any             `json:"message"`
		Detail  any             `json:"detail"`
	}
	if json.Unmarshal(body, &doc) != nil {
		return Fault{}
	}
	if len(doc.Error) == 0 || string(doc.Error) == "null" {
		message, _ := doc.Message.(string)
		if message == "" {
			message, _ = doc.Detail.(string)
		}
		return Fault{Message: message}
	}
	var detail struct {
		Type    any             `json:"type"`
		Status  any             `json:"status"`
		Code    any             `json:"code"`
		Message any             `json:"message"`
		Details json.RawMessage `json:"details"`
	}
	f := Fault{found: true}
	if json.Unmarshal(doc.Error, &detail) != nil {
		if json.Unmarshal(doc.Error, &f.Message) != nil {
			f.Message = string(doc.Error)
		}
		return f
	}
	if f.Type, _ = detail.Type.(string); f.Type == "" {
		f.Type, _ = detail.Status.(string)
	}
	f.Message, _ = detail.Message.(string)
	if json.Unmarshal(detail.Details, &f.Details) == nil {
		f.Code, f.RetryAfter = googleDetails(f.Details)
	}
	switch code := detail.Code.(type) {
	case float64:
		f.Status = statusOf(code)
	case string:
		if n, err := strconv.ParseFloat(code, 64); err == nil {
			f.Status = statusOf(n)
		} else {
			f.Code = code
		}
	}
	if f.Message == "" {
		f.Message = string(doc.Error)
	}
	return f
}

// googleDetails is the reason that the ErrorInfo among Google's details gives, and how long its RetryInfo asks to wait:
// https://google.aip.dev/193.
func googleDetails(details []json.RawMessage) (reason string, wait time.Duration) {
	for _, raw := range details {
		var info struct {
			Type       string `json:"@type"`
			Reason     string `json:"reason"`
			RetryDelay string `json:"retryDelay"`
		}
		switch {
		case json.Unmarshal(raw, &info) != nil:
		case strings.HasSuffix(info.Type, "google.rpc.ErrorInfo"):
			reason = cmp.Or(reason, info.Reason)
		case strings.HasSuffix(info.Type, "google.rpc.RetryInfo"):
			d, _ := time.ParseDuration(info.RetryDelay)
			wait = max(wait, d)
		}
	}
	return reason, wait
}

// refused is the status that a fault stands for: some servers refuse a key, an account or a country with HTTP 400, as if the
// request itself were wrong, which no other vendor's model could cure.
func (f Fault) refused() int {
	switch {
	case f.Status != http.StatusBadRequest:
	case f.Code == "API_KEY_INVALID":
		return http.StatusUnauthorized
	case f.Type == "FAILED_PRECONDITION" && strings.Contains(f.Message, "location is not supported"),
		f.Type == "invalid_request_error" && strings.Contains(f.Message, "organization has been disabled"): // Anthropic's
		return http.StatusForbidden
	}
	return f.Status
}

func statusOf(n float64) int {
	if n >= 400 && n <= 599 {
		return int(n)
	}
	return 0
}

// obey applies the header x-should-retry, in which OpenAI and Anthropic say whether another try can help. What the vendor
// says of the account or of the conversation itself stands whatever the header says.
func obey(shouldRetry string, class provider.Class) provider.Class {
	switch shouldRetry {
	case "true":
		if class == provider.Invalid {
			return provider.RateLimit
		}
	case "false":
		switch class {
		case provider.Server, provider.RateLimit, provider.Overloaded:
			return provider.Invalid
		}
	}
	return class
}
