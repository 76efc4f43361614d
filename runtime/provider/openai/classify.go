package openai

import (
	"net/http"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// tooLong says whether a message is about a conversation that the model has no room for: vLLM, xAI, LM Studio and older servers say
// it in words alone.
func tooLong(message string) bool {
	message = strings.ToLower(message)
	for _, words := range []string{"maximum context length", "maximum prompt length", "than the context length"} {
		if strings.Contains(message, words) {
			return true
		}
	}
	return false
}

// classify sorts what the server says of a failed request. Compatible servers use the same words, or only the status.
func classify(f wire.Fault) provider.Class {
	// More than the limit of a minute allows, which no wait changes: the request is too long for what the account has of this model.
	if strings.HasPrefix(f.Message, "Request too large for") {
		return provider.ContextWindow
	}
	for _, word := range []string{f.Code, f.Type} {
		switch word {
		case "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "access_terminated":
			return provider.Quota
		case "context_length_exceeded", "exceed_context_size_error": // OpenAI; llama.cpp
			return provider.ContextWindow
		case "content_filter", "content_policy_violation", "image_content_policy_violation", "bio_policy",
			"misalignment_policy_violation":
			return provider.Refusal
		case "rate_limit_exceeded", "rate_limit_error", "requests", "tokens":
			return provider.RateLimit
		case "server_is_overloaded", "overloaded_error", "slow_down", "unavailable_error":
			return provider.Overloaded
		case "invalid_prompt": // a filter's word, and a malformed request's too
			if strings.Contains(f.Message, "policy") {
				return provider.Refusal
			}
		}
	}
	if (f.Status == http.StatusBadRequest || f.Status == 0) && tooLong(f.Message) {
		return provider.ContextWindow
	}
	if class := provider.StatusClass(f.Status); class != "" {
		return class
	}
	for _, word := range []string{f.Code, f.Type} { // without a status: in a stream, or beside HTTP 200
		switch word {
		case "server_error", "api_error", "internal_server_error", "vector_store_timeout":
			return provider.Server
		case "invalid_request_error", "authentication_error", "permission_error", "not_found_error", "invalid_prompt",
			"data_residency_mismatch":
			return provider.Invalid
		}
		if strings.Contains(word, "image") { // a dozen words for what is wrong with one
			return provider.Invalid
		}
	}
	return ""
}
