package openai

import (
	"net/http"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// classify sorts what the server says of a failed request. Compatible servers use the same words, or only the status.
func classify(f wire.Fault) provider.Class {
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
	// vLLM and older servers say it in words alone.
	if f.Status == http.StatusBadRequest && strings.Contains(f.Message, "maximum context length") {
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
