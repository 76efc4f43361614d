package bedrock

import (
	"encoding/json"
	"strings"
)

// exception is an error in the words of AWS: ThrottlingException, or throttlingException in a stream. See
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html.
type exception struct {
	Type    string `json:"__type"`
	Message string `json:"message"` // or Message
}

// exceptionOf reads an exception. Its type stands in a header, or in the body, where a namespace may be before it and an
// address behind it: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization.
func exceptionOf(header string, body []byte) (e exception) {
	_ = json.Unmarshal(body, &e) // what is no JSON has no message
	if header != "" {
		e.Type = header
	}
	e.Type, _, _ = strings.Cut(e.Type, ":")
	e.Type = e.Type[strings.LastIndexByte(e.Type, '#')+1:]
	return e
}

// types are Anthropic's words for what goes wrong, by those of AWS, since a type counts more than a status: an exception in a
// stream has none, and AWS has 424 for a model that failed.
var types = map[string]string{
	"throttlingexception":           "rate_limit_error",
	"modelnotreadyexception":        "overloaded_error",
	"serviceunavailableexception":   "overloaded_error",
	"internalserverexception":       "api_error",
	"modelerrorexception":           "api_error",
	"modelstreamerrorexception":     "api_error",
	"modeltimeoutexception":         "timeout_error",
	"servicequotaexceededexception": "billing_error",
	"validationexception":           "invalid_request_error",
	"resourcenotfoundexception":     "not_found_error",
	"accessdeniedexception":         "permission_error",
	"expiredtokenexception":         "authentication_error",
	"invalidsignatureexception":     "authentication_error",
	"unrecognizedclientexception":   "authentication_error",
}

// isUnknownModel says whether a model is not there: AWS has HTTP 400 for it, as for a request that is wrong; Anthropic, and everyone
// else, 404, after which another model may be asked.
func (e exception) isUnknownModel() bool {
	return strings.EqualFold(e.Type, "ValidationException") &&
		(strings.Contains(e.Message, "model identifier is invalid") || strings.Contains(e.Message, "on-demand throughput"))
}

// fault is the exception as the body of an error of Anthropic's.
func (e exception) fault() []byte {
	kind, known := types[strings.ToLower(e.Type)]
	if !known {
		kind = e.Type
	}
	message := strings.TrimSuffix(e.Type+": "+e.Message, ": ")
	switch {
	case e.isUnknownModel():
		kind = "not_found_error"
	case kind == "rate_limit_error" && strings.Contains(e.Message, "per day"): // no wait of minutes helps
		kind = "billing_error"
	case kind == "invalid_request_error" && strings.Contains(e.Message, "Input is too long"):
		message = e.Type + ": prompt is too long: " + e.Message // as Anthropic says it
	}
	var doc struct {
		Type  string `json:"type"`
		Error struct {
			Type    string `json:"type"`
			Message string `json:"message"`
		} `json:"error"`
	}
	doc.Type, doc.Error.Type, doc.Error.Message = "error", kind, message
	body, _ := json.Marshal(doc) // of strings it does not fail
	return body
}
