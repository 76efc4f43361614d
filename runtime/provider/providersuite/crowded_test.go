package providersuite

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
)

// X13: a body that is within the limit, but of so many parts that it would take gigabytes to hold them, is too large; so is such an
// event of a stream.
func TestCrowdedAnswers(t *testing.T) {
	many := "[" + strings.Repeat("{},", 300_000) + "{}]"
	eachTwice(t, nil, func(t *testing.T, v *vendor, streamed bool) {
		body := map[string]string{
			"openai_chat": `{"choices":` + many + `}`, "compatible": `{"choices":[{"message":{"tool_calls":` + many + `}}]}`,
			"openai_responses": `{"output":` + many + `}`, "anthropic": `{"content":` + many + `}`,
			"gemini": `{"candidates":[{"content":{"parts":` + many + `}}]}`, "ollama": `{"message":{"tool_calls":` + many + `}}`,
		}[v.name]
		mediaType := "application/json"
		if streamed {
			mediaType = v.mediaType()
			if body += "\n"; mediaType == "text/event-stream" {
				body = "data: " + body + "\n"
			}
		}
		s := open(t, v, silent)
		got := ask(s.of(t, times(3)), respond, streamed, alloy.WithHTTPClient(&http.Client{Transport: answering{mediaType, strings.NewReader(body)}}))
		require.Equal(t, alloy.KindTooLarge, failed(t, got.err).Kind)
	})
}
