package wire_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// A client's own rule for redirects is kept, but no vendor's key leaves the host, or TLS.
func TestPinnedFollowsWithoutKeys(t *testing.T) {
	asked := 0
	pinned := wire.Pinned(&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { asked++; return nil }})
	for target, kept := range map[string]bool{
		"https://api.test/v2": true, "https://evil.test/v1": false, "https://api.test:8443/v1": false, "http://api.test/v1": false, "https://sub.api.test/": false,
	} {
		header := http.Header{"Content-Type": {"application/json"}}
		for _, name := range []string{"Authorization", "X-Api-Key", "X-Goog-Api-Key"} {
			header.Set(name, "secret")
		}
		to, err := url.Parse(target)
		require.NoError(t, err)
		from, err := url.Parse("https://api.test/v1")
		require.NoError(t, err)
		require.NoError(t, pinned.CheckRedirect(&http.Request{URL: to, Header: header}, []*http.Request{{URL: from}}))
		for _, name := range []string{"Authorization", "X-Api-Key", "X-Goog-Api-Key"} {
			require.Equal(t, kept, header.Get(name) != "", "%s to %s", name, target)
		}
		require.Equal(t, "application/json", header.Get("Content-Type"))
	}
	require.Equal(t, 5, asked)
	require.ErrorIs(t, wire.Pinned(nil).CheckRedirect(nil, nil), http.ErrUseLastResponse)
}
