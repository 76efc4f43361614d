package output

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// unescape returns the text of a JSON string from what stands between its quotes.
func unescape(body string, escaped bool) string {
	if !escaped {
		return body
	}
	buf := make([]byte, 0, len(body))
	for i := 0; i < len(body); {
		if body[i] != '\\' {
			buf = append(buf, body[i])
			i++
			continue
		}
		switch c := body[i+1]; c {
		case 'b':
			buf = append(buf, '\b')
		case 'f':
			buf = append(buf, '\f')
		case 'n':
			buf = append(buf, '\n')
		case 'r':
			buf = append(buf, '\r')
		case 't':
			buf = append(buf, '\t')
		case 'u':
			r := hex4(body[i+2:])
			i += 4
			if utf16.IsSurrogate(r) {
				low := rune(-1)
				if len(body)-i >= 8 && body[i+2] == '\\' && body[i+3] == 'u' {
					low = hex4(body[i+4:])
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			buf = utf8.AppendRune(buf, r)
		default: // " \ /
			buf = append(buf, c)
		}
		i += 2
	}
	return string(buf)
}

func hex4(s string) rune {
	n, _ := strconv.ParseUint(s[:4], 16, 32)
	return rune(n)
}

// appendQuoted appends text as a JSON string.
func appendQuoted(dst []byte, text string) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, text)
	return append(dst, '"')
}

// appendEscaped appends text as it stands in a JSON string.
func appendEscaped(dst []byte, text string) []byte {
	const hex = "0123456789abcdef"
	for {
		i := strictStops.indexIn(text, 0)
		dst = append(dst, text[:i]...)
		if i >= len(text) {
			return dst
		}
		switch c := text[i]; c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		text = text[i+1:]
	}
}

func quote(text string) string { return string(appendQuoted(nil, text)) }
