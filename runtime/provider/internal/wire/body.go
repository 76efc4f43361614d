package wire

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/alloygen/alloygen/runtime/provider"
)

// Body writes the JSON object of a request by hand, since most of it is text that is already at hand: about a third of the
// cost of encoding/json, and one allocation. A key that the caller's Extra gives is left to it.
type Body struct {
	buf    []byte
	extra  map[string]any // what Extra adds or replaces; nil on nearly every call
	inside string         // the object of Open that is being written, with a dot
	err    error
}

// NewBody starts the request's object. toolOptions are the keys of Extra that are sent only when the request has tools.
func NewBody(req *provider.Request, providerName string, toolOptions ...string) *Body {
	b := &Body{buf: append(make([]byte, 0, sizeOf(req)), '{')}
	for _, dotted := range []bool{false, true} { // what is meant for this provider alone is the nearer
		for key, value := range req.Extra {
			owner, name, has := strings.Cut(key, ".")
			if !has {
				name = key
			}
			if has != dotted || has && owner != providerName || len(req.Tools) == 0 && slices.Contains(toolOptions, name) {
				continue
			}
			if b.extra == nil {
				b.extra = map[string]any{}
			}
			b.extra[name] = value
		}
	}
	delete(b.extra, "stream") // decided by how the caller reads the answer
	return b
}

// Drop takes a key out of what Extra adds: an instruction to the provider, not for the wire.
func (b *Body) Drop(name string) { delete(b.extra, name) }

// sizeOf guesses the size of a request, so that its buffer is made once.
func sizeOf(req *provider.Request) int {
	n := 512 + len(req.System) + len(req.System)/8
	for i := range req.Messages {
		for j := range req.Messages[i].Parts {
			p := &req.Messages[i].Parts[j]
			n += 96 + len(p.Text) + len(p.Text)/8
			switch {
			case p.Image != nil:
				n += base64.StdEncoding.EncodedLen(len(p.Image.Data)) + len(p.Image.URL)
			case p.Document != nil:
				n += base64.StdEncoding.EncodedLen(len(p.Document.Data)) + len(p.Document.URL) + len(p.Document.Name)
			case p.Audio != nil:
				n += base64.StdEncoding.EncodedLen(len(p.Audio.Data))
			case p.ToolCall != nil:
				n += len(p.ToolCall.Arguments) + len(p.ToolCall.Arguments)/4 + len(p.ToolCall.ID)
			case p.ToolResult != nil:
				n += len(p.ToolResult.Content) + len(p.ToolResult.Content)/4 + len(p.ToolResult.CallID)
			case p.Vendor != nil:
				n += len(p.Vendor.Data)
			}
		}
	}
	for i := range req.Tools {
		n += 128 + len(req.Tools[i].Description) + len(req.Tools[i].Input.Text())
	}
	return n + len(req.Output.Text())
}

// Key starts the value of a key of the request's object, or of the one that Open began. It reports false, and writes nothing,
// when Extra replaces it.
func (b *Body) Key(name string) bool {
	if len(b.extra) > 0 {
		if _, replaced := b.extra[b.inside+name]; replaced {
			return false
		}
	}
	b.Raw(`"`, name, `":`)
	return true
}

// Open starts an object under a key of the request's, into which Extra can put single keys: "options.num_ctx". It reports
// false, and writes nothing, when Extra replaces the object as a whole, or when nobody has anything to put into it; needed
// says whether the caller has. Close ends it.
func (b *Body) Open(name string, needed bool) bool {
	_, replaced := b.extra[name]
	inside := name + "."
	for key := range b.extra {
		if strings.HasPrefix(key, inside) {
			if replaced {
				delete(b.extra, key)
			}
			needed = true
		}
	}
	if replaced || !needed {
		return false
	}
	b.Raw(`"`, name, `":{`)
	b.inside = inside
	return true
}

// Close ends the object that Open began with what Extra puts into it.
func (b *Body) Close() {
	for _, key := range slices.Sorted(maps.Keys(b.extra)) {
		if name, ok := strings.CutPrefix(key, b.inside); ok {
			b.any(name, b.extra[key])
			delete(b.extra, key)
		}
	}
	b.inside = ""
	b.Raw("}")
}

// Raw writes pieces of JSON, with a comma before them where one is due: between a value and the next value or key.
func (b *Body) Raw(parts ...string) {
	switch parts[0][0] {
	case '}', ']':
	default:
		b.comma()
	}
	for _, p := range parts {
		b.buf = append(b.buf, p...)
	}
}

func (b *Body) comma() {
	switch b.buf[len(b.buf)-1] {
	case '{', '[', ':':
	default:
		b.buf = append(b.buf, ',')
	}
}

// String writes a string.
func (b *Body) String(s string) {
	b.Raw(`"`)
	b.buf = append(appendEscaped(b.buf, s), '"')
}

// Int writes an integer.
func (b *Body) Int(n int64) {
	b.comma()
	b.buf = strconv.AppendInt(b.buf, n, 10)
}

// Setting writes a setting that is a number, if it is set.
func (b *Body) Setting(name string, value *float64) {
	if value == nil || !b.Key(name) {
		return
	}
	if math.IsNaN(*value) || math.IsInf(*value, 0) {
		b.fail(name, fmt.Sprintf("%s is %v, which is no number that JSON has", name, *value))
		return
	}
	b.buf = strconv.AppendFloat(b.buf, *value, 'g', -1, 64)
}

// Strings writes a list of strings.
func (b *Body) Strings(list []string) {
	b.Raw("[")
	for _, s := range list {
		b.String(s)
	}
	b.Raw("]")
}

// Base64 writes bytes as a string that begins with prefix.
func (b *Body) Base64(prefix string, data []byte) {
	b.Raw(`"`)
	b.buf = appendEscaped(b.buf, prefix)
	b.buf = base64.StdEncoding.AppendEncode(b.buf, data)
	b.buf = append(b.buf, '"')
}

// Bytes ends the object with what Extra adds and returns it. An Extra that JSON cannot hold is a *provider.ConfigError.
func (b *Body) Bytes(providerName string) ([]byte, error) {
	for _, name := range slices.Sorted(maps.Keys(b.extra)) {
		b.any(name, b.extra[name])
	}
	if b.err != nil {
		b.err.(*provider.ConfigError).Provider = providerName
		return nil, b.err
	}
	return append(b.buf, '}'), nil
}

// any writes what Extra has under a key.
func (b *Body) any(name string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		b.fail(name, fmt.Sprintf("the extra option %q cannot be sent: %v", name, err))
		return
	}
	b.String(name)
	b.buf = append(append(b.buf, ':'), text...)
}

func (b *Body) fail(setting, message string) {
	if b.err == nil {
		b.err = &provider.ConfigError{Setting: setting, Message: message}
	}
}

const hex = "0123456789abcdef"

// appendEscaped appends s as the inside of a JSON string (RFC 8259). Invalid UTF-8 becomes U+FFFD.
func appendEscaped(buf []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			if r, size := utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || size != 1 {
				i += size
				continue
			}
			buf = append(append(buf, s[start:i]...), "\uFFFD"...)
			i++
			start = i
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		buf = append(buf, s[start:i]...)
		switch c {
		case '"', '\\':
			buf = append(buf, '\\', c)
		case '\n':
			buf = append(buf, '\\', 'n')
		case '\r':
			buf = append(buf, '\\', 'r')
		case '\t':
			buf = append(buf, '\\', 't')
		default:
			buf = append(buf, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		}
		i++
		start = i
	}
	return append(buf, s[start:]...)
}
