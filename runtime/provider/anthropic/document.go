package anthropic

import (
	"fmt"
	"slices"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// files refuses a picture or a document of a kind that the API does not take.
func files(req *provider.Request) error {
	for i := range req.Messages {
		for j := range req.Messages[i].Parts {
			p := &req.Messages[i].Parts[j]
			if img := p.Image; img != nil && img.URL == "" && !slices.Contains(pictures, wire.MediaType(img)) {
				return refuse("image", "a picture of type %s is not taken: Claude sees JPEG, PNG, GIF and WebP", wire.MediaType(img))
			}
			d := p.Document
			if d == nil {
				continue
			}
			switch kind := wire.DocumentType(d); {
			case kind == wire.PDF, d.URL == "" && wire.IsText(kind):
			case d.URL != "":
				return refuse("document", "a document of type %s is not taken: Claude reads PDF alone by its address", kind)
			default:
				return refuse("document", "a document of type %s is not taken: Claude reads PDF and text", kind)
			}
		}
	}
	return nil
}

func refuse(setting, format, kind string) error {
	return &provider.ConfigError{Provider: name, Setting: setting, Message: fmt.Sprintf(format, kind)}
}

var pictures = []string{"image/jpeg", "image/png", "image/gif", "image/webp"}

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
