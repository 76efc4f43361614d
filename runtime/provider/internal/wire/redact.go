package wire

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// maxMessage is how many bytes of a server's words an error shows.
const maxMessage = 512

// credential matches what looks like one: a bearer token, a key as vendors make them, a JSON web token, user and password in a URL.
var credential = regexp.MustCompile(
	`(?i)\bbearer\s+[^\s"',;]+|\b(?:[sr]k-|csk-|gsk_|xai-|hf_|nvapi-|pplx-|aiza|ya29\.)[a-z0-9_\-*.]{6,}` +
		`|\beyj[a-z0-9_\-]{6,}\.[a-z0-9_\-.]+|//[^/\s:@"]+:[^/\s@"]+@`)

const redacted = "[redacted]"

// hide takes secrets out of a text, also as they stand in a URL.
func hide(s string, secrets []string) string {
	for _, secret := range secrets {
		if len(secret) <= 4 { // stands for none ("none", "test") and may be part of any word
			continue
		}
		s = strings.ReplaceAll(s, secret, redacted)
		for _, escaped := range []string{url.QueryEscape(secret), url.PathEscape(secret)} {
			if escaped != secret {
				s = strings.ReplaceAll(s, escaped, redacted)
			}
		}
	}
	return s
}

// secretsIn are the credentials in the base URL: a password, as it is and as it is sent, and parts of the query that are named so.
func secretsIn(u *url.URL) (secrets []string) {
	if password, has := u.User.Password(); has {
		secrets = append(secrets, password, base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
	}
	for name, values := range u.Query() {
		name = strings.ToLower(name)
		if slices.ContainsFunc([]string{"key", "token", "secret", "password", "sig", "auth", "code"}, func(word string) bool {
			return strings.Contains(name, word)
		}) {
			secrets = append(secrets, values...)
		}
	}
	return secrets
}

// redact takes the secrets, and what looks like a credential, out of a text and cuts it to maxMessage bytes, on one line.
func redact(s string, secrets []string) string {
	s = credential.ReplaceAllString(hide(s, secrets), redacted)
	return cut(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// cut cuts a text to maxMessage bytes.
func cut(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	const ellipsis = "…"
	return strings.ToValidUTF8(s[:maxMessage-len(ellipsis)], "") + ellipsis
}
