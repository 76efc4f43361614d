package outgoing

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/alloygen/alloygen/runtime/provider"
)

// NoAddresses returns a *provider.ConfigError when a request of the Messages API has a picture or a document by its address, which
// a cloud does not fetch: https://platform.claude.com/docs/en/build-with-claude/vision.
func NoAddresses(transport, cloud string, body []byte) error {
	if !bytes.Contains(body, []byte(`"url"`)) { // nearly always
		return nil
	}
	var request struct {
		Messages []struct {
			Content json.RawMessage `json:"content"` // blocks, or a text
		} `json:"messages"`
	}
	_ = json.Unmarshal(body, &request) // what is no request is not judged here
	for _, message := range request.Messages {
		var blocks []struct {
			Type   string `json:"type"`
			Source struct {
				Type string `json:"type"`
			} `json:"source"`
		}
		_ = json.Unmarshal(message.Content, &blocks)
		for _, block := range blocks {
			if block.Source.Type == "url" {
				return &provider.ConfigError{Provider: transport, Setting: block.Type,
					Message: fmt.Sprintf("%s fetches no %ss for Claude: give the bytes of the %[2]s in place of its address", cloud, block.Type)}
			}
		}
	}
	return nil
}
