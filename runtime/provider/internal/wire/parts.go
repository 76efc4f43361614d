package wire

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
)

// Takes returns a *provider.ConfigError when a request has something in it that its model does not take. Package alloy asks
// for the capabilities before it sends a request; other callers may not.
func Takes(can provider.Capabilities, providerName string, req *provider.Request, stream bool) error {
	refuse := func(what string) error {
		return &provider.ConfigError{Provider: providerName, Setting: "model",
			Message: fmt.Sprintf("the model %s %s: choose another for this request", req.Model, what)}
	}
	if stream && !can.Stream {
		return refuse("cannot stream its answer")
	}
	for i := range req.Messages {
		for j := range req.Messages[i].Parts {
			switch p := &req.Messages[i].Parts[j]; {
			case p.Image != nil && !can.Images:
				return refuse("takes no images")
			case p.Document != nil && !can.Documents:
				return refuse("takes no documents")
			case p.Audio != nil && !can.Audio:
				return refuse("takes no recordings")
			}
		}
	}
	return nil
}

// MediaType is the type of a picture: as given, or by its first bytes.
func MediaType(img *provider.Image) string {
	switch img.MediaType {
	case "":
		return http.DetectContentType(img.Data)
	case "image/jpg": // which does not exist, and is often written
		return "image/jpeg"
	}
	return img.MediaType
}

// AudioType is the type of a recording: as given, or by its first bytes. Of several names for a type it is the one that vendors
// know.
func AudioType(a *provider.Audio) string {
	kind := a.MediaType
	if kind == "" {
		kind = http.DetectContentType(a.Data)
	}
	switch kind {
	case "audio/wave", "audio/x-wav", "audio/vnd.wave":
		return "audio/wav"
	case "application/ogg":
		return "audio/ogg"
	}
	return kind
}

// PDF is the type of a document that names none.
const PDF = "application/pdf"

// DocumentType is the type of a document: as given, or PDF.
func DocumentType(d *provider.Document) string { return cmp.Or(d.MediaType, PDF) }

// IsText says whether a document of that type can be read as it is.
func IsText(mediaType string) bool {
	kind, _, _ := strings.Cut(mediaType, ";")
	switch kind = strings.TrimSpace(kind); kind {
	case "application/json", "application/xml", "application/yaml":
		return true
	}
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "+json") || strings.HasSuffix(kind, "+xml")
}

// DocumentName is the name of a document: as given, or one that says no more than its type.
func DocumentName(d *provider.Document) string {
	switch {
	case d.Name != "":
		return d.Name
	case DocumentType(d) == PDF:
		return "document.pdf"
	}
	return "document"
}
