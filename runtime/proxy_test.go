package alloy_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

// Calls go through a proxy, to servers with TLS and without. A proxy that refuses is no failure of the network: what it says counts.
func TestProxy(t *testing.T) {
	toy(t, alloytest.Reply("ok").Forever())
	_, err := reply.Run(t.Context(), saying[string]("hello"), []alloy.Option{alloy.WithModel("toy-1")})
	require.NoError(t, err)
	usual := toyConfig.Load().HTTPClient.Transport.(*http.Transport)

	answer := func(w http.ResponseWriter, r *http.Request) { answerBoth(w, r, "from afar") }
	plain, secure := httptest.NewServer(http.HandlerFunc(answer)), httptest.NewTLSServer(http.HandlerFunc(answer))
	defer plain.Close()
	defer secure.Close()
	var refuse, asked atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch {
		case refuse.Load() != 0:
			w.WriteHeader(int(refuse.Load()))
		case r.Method == http.MethodConnect:
			there, err := net.Dial("tcp", r.Host)
			if err != nil {
				return
			}
			here, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
			go func() { _, _ = io.Copy(there, here); _ = there.Close() }()
			go func() { _, _ = io.Copy(here, there); _ = here.Close() }()
		default:
			r.RequestURI = ""
			res, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				return
			}
			defer func() { _ = res.Body.Close() }()
			w.Header().Set("Content-Type", res.Header.Get("Content-Type"))
			_, _ = io.Copy(w, res.Body)
		}
	}))
	defer proxy.Close()
	address, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	t.Setenv("OPENAI_API_KEY", "sk-proxied-0123456789")
	for name, base := range map[string]string{"plain": plain.URL, "TLS": secure.URL} {
		t.Run(name, func(t *testing.T) {
			transport := usual.Clone()
			transport.Proxy = http.ProxyURL(address)
			transport.TLSClientConfig = secure.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
			defer transport.CloseIdleConnections()
			t.Setenv("OPENAI_BASE_URL", base)
			call := func() (string, error) {
				asked.Store(0)
				return reply.Run(t.Context(), saying[string]("hello"), []alloy.Option{alloy.WithModel("gpt-5"),
					alloy.WithRetry(alloy.Retry{Attempts: 2, Base: 1, Jitter: alloy.NoJitter}), alloy.WithHTTPClient(&http.Client{Transport: transport})})
			}
			got, err := call()
			require.NoError(t, err)
			require.Equal(t, "from afar", got)
			require.EqualValues(t, 1, asked.Load())
			transport.CloseIdleConnections()
			for status, kind := range map[int]alloy.Kind{407: alloy.KindInvalid, 403: alloy.KindInvalid, 502: alloy.KindServer} {
				refuse.Store(int32(status))
				_, err = call()
				require.Equal(t, kind, failed(t, err).Kind, "%v", err)
				require.NotContains(t, err.Error(), "sk-proxied")
				require.Equal(t, kind == alloy.KindServer, asked.Load() == 2, "only what may pass is tried again")
			}
			refuse.Store(0)
		})
	}
}
