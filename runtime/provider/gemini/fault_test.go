package gemini_test

import (
	"cmp"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
)

func reported(code int, status, message string, details ...string) string {
	more := ""
	for i, d := range details {
		if i > 0 {
			more += ","
		}
		more += d
	}
	return fmt.Sprintf(`{"error":{"code":%d,"message":%q,"status":%q,"details":[%s]}}`, code, message, status, more)
}

const (
	retryInfo = `{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"20.044661790s"}`
	perMinute = `{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_content_paid_tier_input_token_count","quotaId":"GenerateContentPaidTierInputTokensPerModelPerMinute","quotaDimensions":{"model":"gemini-3.8-flash","location":"global"},"quotaValue":"3000000"}]}`
	perDay    = `{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier","quotaValue":"250"}]}`
	exceeded  = "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: %s, model: gemini-3.8-flash\nPlease retry in 20.04466179s."
)

func TestFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		header http.Header
		body   string
		class  provider.Class
		word   string
		wait   time.Duration
		stands int // the status of the error, where it is not the server's
	}{
		"X22 argument":              {status: 400, body: reported(400, "INVALID_ARGUMENT", "no"), class: provider.Invalid, word: "INVALID_ARGUMENT"},
		"X22 key":                   {status: 400, body: reported(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", `{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}`), class: provider.Invalid, word: "API_KEY_INVALID", stands: 401},
		"X22 region":                {status: 400, body: reported(400, "FAILED_PRECONDITION", "User location is not supported for the API use."), class: provider.Invalid, word: "FAILED_PRECONDITION", stands: 403},
		"X22 precondition":          {status: 400, body: reported(400, "FAILED_PRECONDITION", "The File f is not in an ACTIVE state."), class: provider.Invalid, word: "FAILED_PRECONDITION"},
		"X22 permission":            {status: 403, body: reported(403, "PERMISSION_DENIED", "no"), class: provider.Invalid, word: "PERMISSION_DENIED"},
		"X22 unknown model":         {status: 404, body: reported(404, "NOT_FOUND", "models/gemini-9 is not found for API version v1beta"), class: provider.Invalid, word: "NOT_FOUND"},
		"X22 a page":                {status: 404, header: http.Header{"Content-Type": {"text/html"}}, body: "<html>404</html>", class: provider.Invalid},
		"X24 of a minute":           {status: 429, body: reported(429, "RESOURCE_EXHAUSTED", fmt.Sprintf(exceeded, "3000000"), perMinute, retryInfo), class: provider.RateLimit, word: "RESOURCE_EXHAUSTED", wait: 20044661790},
		"X24 without details":       {status: 429, body: reported(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."), class: provider.RateLimit, word: "RESOURCE_EXHAUSTED"},
		"X24 no words":              {status: 429, class: provider.RateLimit},
		"X24 the header is first":   {status: 429, header: http.Header{"Retry-After": {"2"}}, body: reported(429, "RESOURCE_EXHAUSTED", "slow", retryInfo), class: provider.RateLimit, word: "RESOURCE_EXHAUSTED", wait: 2 * time.Second},
		"X27 a bad delay":           {status: 429, body: reported(429, "RESOURCE_EXHAUSTED", "slow", `{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"-5s"}`), class: provider.RateLimit, word: "RESOURCE_EXHAUSTED"},
		"X27 no delay":              {status: 429, body: reported(429, "RESOURCE_EXHAUSTED", "slow", `7`, `{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"soon"}`), class: provider.RateLimit, word: "RESOURCE_EXHAUSTED"},
		"X29 of a day":              {status: 429, body: reported(429, "RESOURCE_EXHAUSTED", fmt.Sprintf(exceeded, "250"), perMinute, perDay), class: provider.Quota, word: "RESOURCE_EXHAUSTED"},
		"X29 not in the plan":       {status: 429, body: reported(429, "RESOURCE_EXHAUSTED", fmt.Sprintf(exceeded, "0"), perMinute), class: provider.Quota, word: "RESOURCE_EXHAUSTED"},
		"X29 nothing left":          {status: 429, body: reported(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."), class: provider.Quota, word: "RESOURCE_EXHAUSTED"},
		"X29 free tier":             {status: 400, body: reported(400, "FAILED_PRECONDITION", "Gemini API free tier is not available in your country. Please enable billing on your project."), class: provider.Quota, word: "FAILED_PRECONDITION"},
		"X29 billing off":           {status: 403, body: reported(403, "PERMISSION_DENIED", "no", `{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"BILLING_DISABLED"}`), class: provider.Quota, word: "BILLING_DISABLED"},
		"X31 internal":              {status: 500, body: reported(500, "INTERNAL", "oops"), class: provider.Server, word: "INTERNAL"},
		"X31 no JSON":               {status: 502, body: "Bad gateway", class: provider.Server},
		"X31 deadline":              {status: 504, body: reported(504, "DEADLINE_EXCEEDED", "late"), class: provider.Server, word: "DEADLINE_EXCEEDED"},
		"X31 canceled by them":      {status: 499, body: reported(499, "CANCELLED", "The operation was cancelled."), class: provider.Server, word: "CANCELLED"},
		"X32 unimplemented":         {status: 501, body: reported(501, "UNIMPLEMENTED", "no"), class: provider.Invalid, word: "UNIMPLEMENTED"},
		"X33 overloaded":            {status: 503, body: reported(503, "UNAVAILABLE", "The model is overloaded. Please try again later."), class: provider.Overloaded, word: "UNAVAILABLE"},
		"X39 context":               {status: 400, body: reported(400, "INVALID_ARGUMENT", "The input token count (1054016) exceeds the maximum number of tokens allowed (1048576)."), class: provider.ContextWindow, word: "INVALID_ARGUMENT"},
		"X39 as the item of a list": {status: 400, body: "[" + reported(400, "INVALID_ARGUMENT", "The input token count (2) exceeds the maximum number of tokens allowed (1).") + "\n]", class: provider.ContextWindow, word: "INVALID_ARGUMENT"},
		"a redirect":                {status: 307, header: http.Header{"Location": {"https://example.com/"}}, class: provider.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"Content-Type": {"application/json; charset=UTF-8"}}
			for k, v := range tc.header {
				header[k] = v
			}
			server := providertest.ServeHeader(t, tc.status, header, tc.body)
			e := providertest.Fail(t, at(t, server.URL), providertest.TypedRequest("gemini-3.8-flash"))
			require.Equal(t, tc.class, e.Class, "%v", e)
			require.Equal(t, cmp.Or(tc.stands, tc.status), e.Status)
			require.Equal(t, tc.word, e.Type)
			require.Equal(t, tc.wait, e.RetryAfter)
			require.NotEmpty(t, e.Message)
			require.Equal(t, "gemini", e.Provider)
			require.Equal(t, "gemini-3.8-flash", e.Model)
			require.Equal(t, 1, server.Count(), "one request, always")
		})
	}
	t.Run("X82", func(t *testing.T) {
		server := providertest.Serve(t, 403, reported(403, "PERMISSION_DENIED", "key "+key+" and AIzaSyAnother_0123456789 are blocked"))
		e := providertest.Fail(t, at(t, server.URL), providertest.TextRequest("gemini-3.8-flash"))
		require.Equal(t, "key [redacted] and [redacted] are blocked", e.Message)
	})
}

// What a server says beside HTTP 200.
func TestBadAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		body  string
		class provider.Class
		word  string
		says  string
	}{
		"X15 truncated JSON":        {body: `{"candidates":[`, class: provider.Malformed},
		"X16 empty":                 {body: "", class: provider.Malformed},
		"X18 error":                 {body: reported(500, "INTERNAL", "oops", retryInfo), class: provider.Server, word: "INTERNAL"},
		"X18 unknown error":         {body: `{"error":{"message":"what"}}`, class: provider.Malformed},
		"X18 error of code alone":   {body: `{"error":{"code":503,"message":"busy"}}`, class: provider.Overloaded},
		"X19 no candidates":         {body: `{"candidates":[],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4}}`, class: provider.Malformed, says: "the answer has no candidates"},
		"X19 nothing of the API":    {body: `{}`, class: provider.Malformed},
		"JSON of another kind":      {body: `[1]`, class: provider.Malformed},
		"a part of another kind":    {body: piece(`7`, "STOP"), class: provider.Malformed},
		"X36 blocked prompt":        {body: `{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":3}}`, class: provider.Refusal, word: "PROHIBITED_CONTENT", says: "the prompt was blocked: PROHIBITED_CONTENT"},
		"X36 blocked, with words":   {body: `{"promptFeedback":{"blockReason":"OTHER","blockReasonMessage":"no"}}`, class: provider.Refusal, word: "OTHER", says: "the prompt was blocked: OTHER: no"},
		"X36 SAFETY":                {body: piece("", "SAFETY"), class: provider.Refusal, word: "SAFETY", says: "the answer was blocked: SAFETY"},
		"X36 RECITATION":            {body: piece("", "RECITATION"), class: provider.Refusal, word: "RECITATION"},
		"X36 LANGUAGE":              {body: piece("", "LANGUAGE"), class: provider.Refusal, word: "LANGUAGE"},
		"X36 BLOCKLIST":             {body: piece("", "BLOCKLIST"), class: provider.Refusal, word: "BLOCKLIST"},
		"X36 PROHIBITED_CONTENT":    {body: piece("", "PROHIBITED_CONTENT"), class: provider.Refusal, word: "PROHIBITED_CONTENT"},
		"X36 SPII":                  {body: piece("", "SPII"), class: provider.Refusal, word: "SPII"},
		"X36 IMAGE_SAFETY":          {body: piece("", "IMAGE_SAFETY"), class: provider.Refusal, word: "IMAGE_SAFETY"},
		"MALFORMED_FUNCTION_CALL":   {body: `{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"Malformed function call: f("}]}`, class: provider.Malformed, word: "MALFORMED_FUNCTION_CALL", says: "the model's answer is of no use: MALFORMED_FUNCTION_CALL: Malformed function call: f("},
		"UNEXPECTED_TOOL_CALL":      {body: piece("", "UNEXPECTED_TOOL_CALL"), class: provider.Malformed, word: "UNEXPECTED_TOOL_CALL", says: "the model's answer is of no use: UNEXPECTED_TOOL_CALL"},
		"OTHER":                     {body: piece("", "OTHER"), class: provider.Malformed, word: "OTHER"},
		"X38 unknown finish reason": {body: piece(`{"text":"x"}`, "FUNCTION_CALL"), class: provider.Malformed, says: `unknown finish reason "FUNCTION_CALL"`},
		"X38 no finish reason":      {body: piece(`{"text":"x"}`, ""), class: provider.Truncated},
		"X38 unspecified":           {body: piece(`{"text":"x"}`, "FINISH_REASON_UNSPECIFIED"), class: provider.Truncated},
		"X38 going on, to nowhere":  {body: piece(`{"text":"x"}`, "CONTINUATION"), class: provider.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			server := providertest.Serve(t, 200, tc.body)
			e := providertest.Fail(t, at(t, server.URL), providertest.TypedRequest("gemini-3.8-flash"))
			require.Equal(t, tc.class, e.Class, "%v", e)
			require.Equal(t, tc.word, e.Type)
			require.Contains(t, e.Message, tc.says)
			require.NotEmpty(t, e.Message)
			require.Zero(t, e.Status, "200 is no failure of HTTP")
			require.Equal(t, 1, server.Count())
			if name == "X19 no candidates" {
				require.Equal(t, provider.Usage{InputTokens: 3, OutputTokens: 4}, e.Usage, "usage is kept")
			}
		})
	}
}
