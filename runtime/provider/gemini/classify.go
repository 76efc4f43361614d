package gemini

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// classify sorts what the server says of a failed request: https://ai.google.dev/gemini-api/docs/troubleshooting.
func classify(f wire.Fault) provider.Class {
	switch f.Type {
	case "RESOURCE_EXHAUSTED":
		if exhausted(f) {
			return provider.Quota
		}
		return provider.RateLimit
	case "UNAVAILABLE":
		return provider.Overloaded
	case "INTERNAL", "DEADLINE_EXCEEDED", "ABORTED", "CANCELLED", "UNKNOWN", "DATA_LOSS":
		return provider.Server
	case "INVALID_ARGUMENT", "OUT_OF_RANGE":
		if strings.Contains(f.Message, "maximum number of tokens allowed") {
			return provider.ContextWindow
		}
		return provider.Invalid
	case "FAILED_PRECONDITION", "PERMISSION_DENIED":
		if strings.Contains(f.Message, "enable billing") || f.Code == "BILLING_DISABLED" {
			return provider.Quota
		}
		return provider.Invalid
	case "UNAUTHENTICATED", "NOT_FOUND", "ALREADY_EXISTS", "UNIMPLEMENTED":
		return provider.Invalid
	}
	return provider.StatusClass(f.Status)
}

// exhausted tells a limit that no wait of minutes can meet, of a day or of the account, from one of a minute. The message
// speaks of the plan and of billing in both cases.
func exhausted(f wire.Fault) bool {
	for _, raw := range f.Details {
		var detail struct {
			Type       string `json:"@type"`
			Violations []struct {
				QuotaID string `json:"quotaId"`
			} `json:"violations"`
		}
		if json.Unmarshal(raw, &detail) != nil || !strings.HasSuffix(detail.Type, "google.rpc.QuotaFailure") {
			continue
		}
		for _, v := range detail.Violations {
			if strings.Contains(v.QuotaID, "PerDay") {
				return true
			}
		}
	}
	// The plan has nothing of that model at all; nothing is left of what was paid; the owner's own limit.
	return slices.ContainsFunc([]string{"limit: 0,", "credits are depleted", "spending cap", "spend cap"}, func(words string) bool {
		return strings.Contains(f.Message, words)
	})
}
