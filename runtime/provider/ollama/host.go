package ollama

import (
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
)

const (
	baseVar     = "OLLAMA_BASE_URL"
	hostVar     = "OLLAMA_HOST"
	defaultPort = "11434"
)

func base() (variable, base string) {
	for _, variable := range []string{baseVar, hostVar} {
		if value := strings.Trim(strings.TrimSpace(os.Getenv(variable)), "\"' "); value != "" {
			return variable, locate(value)
		}
	}
	return hostVar, ""
}

// locate makes a URL out of a host as Ollama's own programs read it. The address on which a server listens to everybody
// (0.0.0.0, ::) is that of this machine.
func locate(value string) string {
	scheme, rest, ok := strings.Cut(value, "://")
	port := defaultPort
	switch {
	case !ok && value == "ollama.com":
		scheme, rest, port = "https", value, "443"
	case !ok:
		scheme, rest = "http", value
	case scheme == "http":
		port = "80"
	case scheme == "https":
		port = "443"
	}
	rest, path, _ := strings.Cut(rest, "/")
	user := ""
	if i := strings.LastIndexByte(rest, '@') + 1; i > 0 { // of a proxy, as in any other URL
		user, rest = rest[:i], rest[i:]
	}
	host, given, err := net.SplitHostPort(rest)
	if err != nil {
		host, given = strings.Trim(rest, "[]"), port
	}
	if n, err := strconv.Atoi(given); err == nil && n >= 0 && n <= 65535 {
		port = given
	}
	switch ip := net.ParseIP(host); {
	case host == "", ip != nil && ip.Equal(net.IPv4zero):
		host = "127.0.0.1"
	case ip != nil && ip.Equal(net.IPv6unspecified):
		host = "::1"
	}
	return scheme + "://" + user + net.JoinHostPort(host, port) + (&url.URL{Path: "/" + path}).EscapedPath()
}
