package bedrock

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"strconv"
)

// maxFault is how much of the body of an error is read, in bytes.
const maxFault = 64 << 10

// reply is a response of Bedrock's as Anthropic would have sent it.
func reply(res *http.Response) *http.Response {
	if id := res.Header.Get("X-Amzn-Requestid"); id != "" {
		res.Header.Set("Request-Id", id)
	}
	mediaType, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	switch {
	case res.StatusCode < 200 || res.StatusCode > 299:
		failed(res)
	case mediaType == "application/vnd.amazon.eventstream":
		res.Body = newStream(res.Body)
		res.Header.Set("Content-Type", "text/event-stream")
		res.Header.Del("Content-Length")
		res.ContentLength = -1
	}
	return res
}

// failed puts an exception of AWS in the words of Anthropic, and leaves any other body, as of a gateway, as it is.
func failed(res *http.Response) {
	body, err := io.ReadAll(io.LimitReader(res.Body, maxFault))
	var rest io.Reader = bytes.NewReader(body)
	if e := exceptionOf(res.Header.Get("X-Amzn-Errortype"), body); err != nil { // cut off for the provider too
		rest = io.MultiReader(rest, failing{err})
	} else if e.Type != "" {
		if e.isUnknownModel() {
			res.StatusCode, res.Status = http.StatusNotFound, "404 Not Found"
		}
		body = e.fault()
		rest = bytes.NewReader(body)
		res.Header.Set("Content-Type", "application/json")
		res.Header.Set("Content-Length", strconv.Itoa(len(body)))
		res.ContentLength = int64(len(body))
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{rest, res.Body}
}

// failing is a reader of nothing but an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
