package outgoing_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/clouds/internal/outgoing"
)

func TestObject(t *testing.T) {
	const body = `{"model":"m","n":1.50,"messages":[{"text":"<&> é \u003c","x":{"b":1,"a":2}}],"stream":true}`
	o, err := outgoing.Parse([]byte(body))
	require.NoError(t, err)
	require.Equal(t, body, string(o.Bytes()), "every byte stays")
	require.Equal(t, "m", o.Text("model"))
	require.Empty(t, o.Text("n"), "not a text")
	require.Empty(t, o.Text("absent"))

	rest, stream := o.Without("stream")
	require.Equal(t, json.RawMessage("true"), stream)
	rest, none := rest.Without("absent")
	require.Nil(t, none)
	rest = rest.With("model", "n").With("version", "<1>")
	require.Equal(t, `{"model":"n","n":1.50,"messages":[{"text":"<&> é \u003c","x":{"b":1,"a":2}}],"version":"\u003c1\u003e"}`, string(rest.Bytes()))

	empty, err := outgoing.Parse([]byte(" {} "))
	require.NoError(t, err)
	require.Equal(t, "{}", string(empty.Bytes()))
}

func TestParseRefuses(t *testing.T) {
	for _, body := range []string{"", "[]", "null", `"x"`, "{", `{"a"`, `{"a":`, `{"a":1,`, `{"a":1 "b":2}`, `{1:2}`, "nonsense"} {
		_, err := outgoing.Parse([]byte(body))
		require.ErrorContains(t, err, "the body of the request is no JSON", "%q", body)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"model":"m","messages":[{"a":[1,2,{"b":null}]}],"stream":true}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := outgoing.Parse(body)
		if err != nil || !json.Valid(body) {
			return
		}
		require.JSONEq(t, string(body), string(o.Bytes()))
	})
}

func TestCopy(t *testing.T) {
	closed := 0
	req, err := http.NewRequest(http.MethodPost, "https://example.com/a%3Ab", body{strings.NewReader("{}"), &closed})
	require.NoError(t, err)
	req.Header.Set("X-Key", "k")
	out, read, err := outgoing.Copy(req)
	require.NoError(t, err)
	require.Equal(t, 1, closed)
	require.Equal(t, "{}", string(read))

	out.Header.Del("X-Key")
	out.URL.Path = "/elsewhere"
	outgoing.SetBody(out, []byte("other"))
	require.Equal(t, "k", req.Header.Get("X-Key"))
	require.Equal(t, "https://example.com/a%3Ab", req.URL.String())
	require.EqualValues(t, 5, out.ContentLength)
	for range 2 {
		again, err := out.GetBody()
		require.NoError(t, err)
		text, err := io.ReadAll(again)
		require.NoError(t, err)
		require.Equal(t, "other", string(text))
	}
}

type body struct {
	io.Reader
	closed *int
}

func (b body) Close() error { *b.closed++; return nil }

func TestTo(t *testing.T) {
	for _, tc := range []struct {
		url, host string
		want      bool
	}{
		{"https://x.example.com/", "", true},
		{"https://X.Example.COM:443/", "", true},
		{"https://example.com.evil.org/", "", false},
		{"https://evil-example.com/", "", false},
		{"http://x.example.com/", "", false},
		{"http://127.0.0.1:8080/", "127.0.0.1:8080", true},
		{"http://127.0.0.1:8081/", "127.0.0.1:8080", false},
		{"https://Gateway.corp/", "gateway.corp", true},
		{"https://x.example.com/", "gateway.corp", false},
	} {
		req, err := http.NewRequest(http.MethodPost, tc.url, nil)
		require.NoError(t, err)
		require.Equal(t, tc.want, outgoing.To(req, tc.host, ".example.com"), "%s, host %q", tc.url, tc.host)
	}
}
