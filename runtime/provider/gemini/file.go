package gemini

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// files refuses a file of a kind that the API does not take. What has an address is fetched by Google, who knows its type.
func files(req *provider.Request) error {
	refuse := func(setting, what, kind, takes string) error {
		return &provider.ConfigError{Provider: name, Setting: setting,
			Message: fmt.Sprintf("a %s of type %s is not taken: Gemini takes %s", what, kind, takes)}
	}
	for i := range req.Messages {
		for j := range req.Messages[i].Parts {
			switch p := &req.Messages[i].Parts[j]; {
			case p.Image != nil && p.Image.URL == "":
				if kind := wire.MediaType(p.Image); !slices.Contains(pictures, kind) {
					return refuse("image", "picture", kind, "PNG, JPEG, WebP, HEIC and HEIF")
				}
			case p.Audio != nil:
				if kind := wire.AudioType(p.Audio); !strings.HasPrefix(kind, "audio/") {
					return refuse("audio", "recording", kind, "WAV, MP3, AIFF, AAC, OGG and FLAC")
				}
			case p.Document != nil:
				// Pictures, sounds and films may come as documents too.
				if kind := wire.DocumentType(p.Document); kind != wire.PDF && strings.HasPrefix(kind, "application/") && !wire.IsText(kind) {
					return refuse("document", "document", kind, "PDF and text")
				}
			}
		}
	}
	return nil
}

// pictures are the types of https://ai.google.dev/gemini-api/docs/image-understanding.
var pictures = []string{"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"}

func (w *writer) document(d *provider.Document) {
	if d.Name != "" { // which no field of the API is for
		w.text(d.Name+":", "")
	}
	w.file(d.Data, d.URL, wire.DocumentType(d))
}

func (w *writer) file(data []byte, url, mediaType string) {
	if url != "" {
		w.part(`{"fileData":{"fileUri":`)
		w.String(url)
		if mediaType != "" {
			w.Raw(`"mimeType":`)
			w.String(mediaType)
		}
		w.Raw("}}")
		return
	}
	w.part(`{"inlineData":{"mimeType":`)
	w.String(mediaType)
	w.Raw(`"data":`)
	w.Base64("", data)
	w.Raw("}}")
}

// imageType is the type of a picture: as given, by the end of its address, or by its first bytes; empty when none of them
// tells.
func imageType(img *provider.Image) string {
	if img.MediaType != "" || img.URL == "" {
		return wire.MediaType(img)
	}
	address, _, _ := strings.Cut(img.URL, "?")
	return imageTypes[strings.ToLower(path.Ext(address))]
}

var imageTypes = map[string]string{".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp",
	".heic": "image/heic", ".heif": "image/heif", ".gif": "image/gif"}
