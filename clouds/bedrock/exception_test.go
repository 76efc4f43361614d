package bedrock_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/clouds/internal/cloudtest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// The statuses are those of the API reference of InvokeModel; messages are, shortened, as AWS writes them.
var exceptions = map[string]struct {
	status  int
	kind    string
	message string
	class   provider.Class
	word    string
}{
	"throttled":      {429, "ThrottlingException", "Too many requests, please wait before trying again.", provider.RateLimit, "rate_limit_error"},
	"for the day":    {429, "ThrottlingException", "Too many tokens per day, please wait before trying again.", provider.Quota, "billing_error"},
	"cold":           {429, "ModelNotReadyException", "Model is not ready for inference.", provider.Overloaded, "overloaded_error"},
	"unavailable":    {503, "ServiceUnavailableException", "Bedrock is unable to process your request.", provider.Overloaded, "overloaded_error"},
	"internal":       {500, "InternalServerException", "The system encountered an unexpected error.", provider.Server, "api_error"},
	"failed":         {424, "ModelErrorException", "The system encountered an unexpected error.", provider.Server, "api_error"},
	"failed midway":  {424, "ModelStreamErrorException", "An error occurred while streaming the response.", provider.Server, "api_error"},
	"slow":           {408, "ModelTimeoutException", "Model has timed out in processing the request.", provider.Server, "timeout_error"},
	"quota":          {400, "ServiceQuotaExceededException", "Your request exceeds the service quota.", provider.Quota, "billing_error"},
	"invalid":        {400, "ValidationException", "max_tokens: Field required", provider.Invalid, "invalid_request_error"},
	"unknown model":  {400, "ValidationException", "The provided model identifier is invalid.", provider.Invalid, "not_found_error"},
	"no profile":     {400, "ValidationException", "Invocation of model ID m with on-demand throughput isn't supported.", provider.Invalid, "not_found_error"},
	"too long":       {400, "ValidationException", "Input is too long for requested model.", provider.ContextWindow, "invalid_request_error"},
	"too long, 2026": {400, "ValidationException", "prompt is too long: 903884 tokens > 200000 maximum", provider.ContextWindow, "invalid_request_error"},
	"denied":         {403, "AccessDeniedException", "You don't have access to the model.", provider.Invalid, "permission_error"},
	"expired":        {403, "ExpiredTokenException", "The security token included in the request is expired", provider.Invalid, "authentication_error"},
	"bad signature":  {403, "InvalidSignatureException", "The signature does not match.", provider.Invalid, "authentication_error"},
	"unknown key":    {403, "UnrecognizedClientException", "The security token included in the request is invalid.", provider.Invalid, "authentication_error"},
	"no model":       {404, "ResourceNotFoundException", "Model use case details have not been submitted.", provider.Invalid, "not_found_error"},
	"unknown":        {418, "NovelException", "New.", provider.Invalid, "NovelException"},
}

func TestExceptions(t *testing.T) {
	for name, tc := range exceptions {
		t.Run(name, func(t *testing.T) {
			for where, reply := range map[string]cloudtest.Reply{
				"in the header": {Header: map[string]string{"x-amzn-ErrorType": tc.kind + ":http://internal.amazon.com/coral/com.amazon.bedrock/"},
					Body: []byte(`{"message":"` + tc.message + `"}`)},
				"in the body": {Type: "application/x-amz-json-1.1",
					Body: []byte(`{"__type":"com.amazon.bedrock#` + tc.kind + `","Message":"` + tc.message + `"}`)},
			} {
				reply.Status = tc.status
				base := &cloudtest.Base{Replies: []cloudtest.Reply{reply}}
				_, err := claude(t, east, transport(base)).Do(t.Context(), ask(haiku), nil)
				var e *provider.Error
				require.ErrorAs(t, err, &e, where)
				require.Equal(t, tc.class, e.Class, "%s: %v", where, e)
				if tc.word == "not_found_error" {
					require.Equal(t, 404, e.Status)
				} else {
					require.Equal(t, tc.status, e.Status)
				}
				require.Equal(t, tc.word, e.Type)
				require.Contains(t, e.Message, tc.kind+": ")
				require.Contains(t, e.Message, tc.message)
			}
		})
	}
}

// In a stream there is no status: the type alone says it, in the first frame or after text.
func TestExceptionsInStreams(t *testing.T) {
	text := append(chunk(t, events[0]), append(chunk(t, events[1]), chunk(t, events[2])...)...)
	for name, tc := range exceptions {
		if name == "unknown" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			kind := strings.ToLower(tc.kind[:1]) + tc.kind[1:]
			for _, before := range [][]byte{nil, text} {
				body := append(before[:len(before):len(before)], exceptionFrame(t, kind, `{"message":"`+tc.message+`"}`)...)
				requireClass(t, body, tc.class, tc.message)
			}
		})
	}
	t.Run("an error that is no exception", func(t *testing.T) {
		requireClass(t, frame(t, "", ":message-type", "error", ":error-code", "InternalServerException", ":error-message", "Gone."),
			provider.Server, "InternalServerException: Gone.")
	})
	t.Run("one that nobody knows", func(t *testing.T) {
		requireClass(t, exceptionFrame(t, "novelException", "{}"), provider.Malformed, "novelException")
	})
}

// What is not of AWS is left as it is: the page of a gateway, and Anthropic's own words.
func TestOtherErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		reply cloudtest.Reply
		class provider.Class
		says  string
	}{
		"a page":      {cloudtest.Reply{Status: 502, Type: "text/html", Body: []byte("<html>Bad Gateway</html>")}, provider.Server, "Bad Gateway"},
		"a message":   {cloudtest.Reply{Status: 403, Body: []byte(`{"message":"Missing token"}`)}, provider.Invalid, "Missing token"},
		"Anthropic's": {cloudtest.Reply{Status: 529, Body: []byte(`{"error":{"type":"overloaded_error","message":"Full"}}`)}, provider.Overloaded, "Full"},
		"nothing":     {cloudtest.Reply{Status: 500}, provider.Server, "Internal Server Error"},
	} {
		t.Run(name, func(t *testing.T) {
			base := &cloudtest.Base{Replies: []cloudtest.Reply{tc.reply}}
			_, err := claude(t, east, transport(base)).Do(t.Context(), ask(haiku), nil)
			var e *provider.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.class, e.Class)
			require.Contains(t, e.Message, tc.says)
		})
	}
	t.Run("a body that breaks off", func(t *testing.T) {
		tr := transport(roundTripper(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 503, Header: http.Header{}, Request: req,
				Body: io.NopCloser(io.MultiReader(strings.NewReader(`{"message":"Bed`), broken{}))}, nil
		}))
		req, err := http.NewRequest(http.MethodPost, east+"/v1/messages", strings.NewReader(`{"model":"m"}`))
		require.NoError(t, err)
		res, err := tr.RoundTrip(req)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.ErrorIs(t, err, errBroken)
		require.Equal(t, `{"message":"Bed`, string(body))
	})
	t.Run("no connection", func(t *testing.T) {
		tr := transport(roundTripper(func(*http.Request) (*http.Response, error) { return nil, errBroken }))
		_, err := claude(t, east, tr).Do(t.Context(), ask(haiku), nil)
		var e *provider.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, provider.Network, e.Class)
		require.ErrorIs(t, err, errBroken)
	})
}

var errBroken = errors.New("connection reset")

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroken }
