package anthropic

import (
	"fmt"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// documents refuses a document of a kind that the API does not take.
func documents(req *provider.Request) error {
	for i := range req.Messages {
		for j := range req.Messages[i].Parts {
			d := req.Messages[i].Parts[j].Document
			if d == nil {
				continue
			}
			kind, what := wire.DocumentType(d), "PDF and text"
			if kind == wire.PDF || d.URL == "" && isText(kind) {
				continue
			}
			if d.URL != "" {
				what = "PDF alone by its address"
			}
			return &provider.ConfigError{Provider: name, Setting: "document",
				Message: fmt.Sprintf("a document of type %s is not taken: Claude reads %s", kind, what)}
		}
	}
	return nil
}

// isText says whether a document of that type can be read as it is.
func isText(mediaType string) bool {
	kind, _, _ := strings.Cut(mediaType, ";")
	switch kind = strings.TrimSpace(kind); kind {
	case "application/json", "application/xml", "application/yaml":
		return true
	}
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "+json") || strings.HasSuffix(kind, "+xml")
}

func document(b *wire.Body, d *provider.Document) {
	b.Raw(`{"type":"document","source":{`)
	switch {
	case d.URL != "":
		b.Raw(`"type":"url","url":`)
		b.String(d.URL)
	case wire.DocumentType(d) == wire.PDF:
		b.Raw(`"type":"base64","media_type":"application/pdf","data":`)
		b.Base64("", d.Data)
	default:
		b.Raw(`"type":"text","media_type":"text/plain","data":`)
		b.String(string(d.Data))
	}
	b.Raw("}")
	if d.Name != "" {
		b.Raw(`"title":`)
		b.String(d.Name)
	}
	b.Raw("}")
}
