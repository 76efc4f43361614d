package conformance

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	sdk "github.com/anthropics/anthropic-sdk-go"
	sdkbedrock "github.com/anthropics/anthropic-sdk-go/bedrock"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/clouds/bedrock"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/anthropic"
)

const (
	bedrockURL   = "https://bedrock-runtime.us-east-1.amazonaws.com"
	bedrockModel = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
)

// cloud stands for what sends: it keeps the requests, and answers all of them alike.
type cloud struct {
	kind, reply string
	requests    []sent
}

type sent struct {
	url    string
	header http.Header
	body   string
}

func (c *cloud) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	c.requests = append(c.requests, sent{req.URL.String(), req.Header.Clone(), string(body)})
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {c.kind}},
		Body: io.NopCloser(strings.NewReader(c.reply)), Request: req,
	}, nil
}

func awsConfig() aws.Config {
	return aws.Config{Region: "us-east-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", SessionToken: "session"}, nil
	})}
}

// bedrockPair is Anthropic's SDK and our provider, on one cloud. What the SDK is told to send goes through before.
func bedrockPair(t *testing.T, c *cloud, before option.Middleware) (sdk.Client, provider.Provider) {
	t.Setenv("AWS_BEARER_TOKEN_BEDROCK", "")
	t.Setenv("ANTHROPIC_API_KEY", "")
	t.Setenv("ANTHROPIC_BASE_URL", bedrockURL)
	cfg := awsConfig()
	ours, err := anthropic.New(provider.Config{HTTPClient: &http.Client{Transport: &bedrock.Transport{
		Region: cfg.Region, Credentials: cfg.Credentials, Models: map[string]string{anthropicModel: bedrockModel}, Base: c,
	}}})
	require.NoError(t, err)
	return sdk.NewClient(option.WithHTTPClient(&http.Client{Transport: c}), option.WithMaxRetries(0),
		option.WithMiddleware(before), sdkbedrock.WithConfig(cfg)), ours
}

// unchanged sends what the SDK would.
func unchanged(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	return next(req)
}

func TestBedrockRequests(t *testing.T) {
	theirs, ours := anthropicImage(), imageCall(anthropicModel)
	theirs.Messages[0].Content = theirs.Messages[0].Content[:2] // and not the picture's address, which Bedrock does not take
	ours.Messages[0].Parts = ours.Messages[0].Parts[:2]
	for name, tc := range map[string]struct {
		sdk  sdk.MessageNewParams
		ours *provider.Request
	}{
		"typed": {anthropicTyped(schemaOf(ticket)), typedCall(anthropicModel, ticket)},
		"image": {theirs, ours},
	} {
		t.Run(name, func(t *testing.T) {
			c := &cloud{kind: "application/json", reply: string(reply(t, "anthropic-text"))}
			client, ours := bedrockPair(t, c, unchanged)
			tc.sdk.Model = bedrockModel
			_, err := client.Messages.New(t.Context(), tc.sdk)
			require.NoError(t, err)
			_, err = ours.Do(t.Context(), tc.ours, nil)
			require.NoError(t, err)
			require.Len(t, c.requests, 2)
			theirs, mine := c.requests[0], c.requests[1]
			require.Equal(t, theirs.url, mine.url)
			require.JSONEq(t, theirs.body, mine.body)
			require.Equal(t, theirs.header.Get("Content-Type"), mine.header.Get("Content-Type"))
			require.Equal(t, theirs.header.Get("X-Amz-Security-Token"), mine.header.Get("X-Amz-Security-Token"))
		})
	}
}

// The signature: at the same time the SDK signs the body that our provider wrote just as we do, plain and streamed. It signs
// every header, so it is given the one that we sign.
func TestBedrockSignature(t *testing.T) {
	for _, stream := range []bool{false, true} {
		c := &cloud{kind: "application/json", reply: string(reply(t, "anthropic-text"))}
		var emit func(provider.Delta) error
		if stream {
			c.kind, c.reply = awsEventStream, bedrockStream(t)
			emit = func(provider.Delta) error { return nil }
		}
		var written sent
		direct, err := anthropic.New(provider.Config{HTTPClient: &http.Client{Transport: writes(func(req *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(req.Body)
			written = sent{body: string(body), header: req.Header}
			return nil, fmt.Errorf("written: %w", err)
		})}})
		require.NoError(t, err)
		client, ours := bedrockPair(t, c, func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			req.Body, req.ContentLength = io.NopCloser(strings.NewReader(written.body)), int64(len(written.body))
			req.Header = http.Header{"Content-Type": written.header["Content-Type"]}
			return next(req)
		})
		synctest.Test(t, func(t *testing.T) {
			req := typedCall(bedrockModel, ticket) // the name that both write into the address
			_, err := direct.Do(t.Context(), req, emit)
			require.Error(t, err)
			_, err = ours.Do(t.Context(), req, emit)
			require.NoError(t, err)
			if stream {
				s := client.Messages.NewStreaming(t.Context(), sdk.MessageNewParams{})
				for s.Next() {
				}
				require.NoError(t, s.Err())
			} else {
				_, err = client.Messages.New(t.Context(), sdk.MessageNewParams{})
				require.NoError(t, err)
			}
		})
		require.Len(t, c.requests, 2)
		mine, theirs := c.requests[0], c.requests[1]
		require.Equal(t, theirs.url, mine.url)
		require.Equal(t, theirs.body, mine.body, "byte by byte")
		for _, h := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
			require.NotEmpty(t, theirs.header.Get(h))
			require.Equal(t, theirs.header.Get(h), mine.header.Get(h))
		}
	}
}

// The same at Bedrock's own Messages API, whose requests are signed and nothing else.
func TestBedrockMessagesSignature(t *testing.T) {
	const url = "https://bedrock-mantle.us-east-1.api.aws/anthropic"
	c := &cloud{kind: "application/json", reply: string(reply(t, "anthropic-text"))}
	_, ours := bedrockPair(t, c, unchanged)
	t.Setenv("ANTHROPIC_BASE_URL", url)
	key, err := awsConfig().Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		_, err := ours.Do(t.Context(), typedCall("anthropic.claude-haiku-4-5", ticket), nil)
		require.NoError(t, err)
		client, err := sdkbedrock.NewMantleClient(t.Context(), sdkbedrock.MantleClientConfig{
			AWSAccessKey: key.AccessKeyID, AWSSecretAccessKey: key.SecretAccessKey, AWSSessionToken: key.SessionToken, AWSRegion: "us-east-1",
		}, option.WithHTTPClient(&http.Client{Transport: c}), option.WithMaxRetries(0),
			option.WithMiddleware(func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
				written := c.requests[0]
				req.Body, req.ContentLength = io.NopCloser(strings.NewReader(written.body)), int64(len(written.body))
				req.Header = http.Header{"Content-Type": written.header["Content-Type"]}
				return next(req)
			}))
		require.NoError(t, err)
		_, err = client.Messages.New(t.Context(), sdk.MessageNewParams{})
		require.NoError(t, err)
	})
	mine, theirs := c.requests[0], c.requests[1]
	require.Equal(t, theirs.url, mine.url)
	for _, h := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
		require.NotEmpty(t, theirs.header.Get(h))
		require.Equal(t, theirs.header.Get(h), mine.header.Get(h))
	}
}

type writes func(*http.Request) (*http.Response, error)

func (f writes) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

const awsEventStream = "application/vnd.amazon.eventstream"

// bedrockStream is an answer as Bedrock streams it.
func bedrockStream(t *testing.T) string {
	var b bytes.Buffer
	for _, event := range []string{
		`{"type":"message_start","message":{"id":"msg_bdrk_1","type":"message","role":"assistant",` +
			`"model":"claude-haiku-4-5-20251001","content":[],"usage":{"input_tokens":12,"output_tokens":1}}}`,
		`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
		`{"type":"ping"}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"It is <shipped> é."}}`,
		`{"type":"content_block_stop","index":0}`,
		`{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}}`,
		`{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":12,"outputTokenCount":5}}`,
	} {
		m := eventstream.Message{Payload: fmt.Appendf(nil, `{"bytes":%q,"p":"abc"}`, base64.StdEncoding.EncodeToString([]byte(event)))}
		m.Headers.Set(":event-type", eventstream.StringValue("chunk"))
		m.Headers.Set(":message-type", eventstream.StringValue("event"))
		require.NoError(t, eventstream.NewEncoder().Encode(&b, m))
	}
	return b.String()
}

// The stream that the SDK reads is the one that our provider reads, byte by byte.
func TestBedrockStream(t *testing.T) {
	c := &cloud{kind: awsEventStream, reply: bedrockStream(t)}
	var theirs string
	client, ours := bedrockPair(t, c, func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		res, err := next(req)
		if err == nil {
			var body []byte
			body, err = io.ReadAll(res.Body)
			theirs, res.Body = string(body), io.NopCloser(bytes.NewReader(body))
		}
		return res, err
	})
	s := client.Messages.NewStreaming(t.Context(), anthropicTools())
	var message sdk.Message
	for s.Next() {
		require.NoError(t, message.Accumulate(s.Current()))
	}
	require.NoError(t, s.Err())

	cfg := awsConfig()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, bedrockURL+"/v1/messages", strings.NewReader(`{"model":"m","stream":true}`))
	require.NoError(t, err)
	res, err := (&bedrock.Transport{Region: cfg.Region, Credentials: cfg.Credentials, Base: c}).RoundTrip(req)
	require.NoError(t, err)
	mine, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, theirs, string(mine))

	got, err := ours.Do(t.Context(), toolCall(anthropicModel), func(provider.Delta) error { return nil })
	require.NoError(t, err)
	require.Equal(t, message.Content[0].Text, got.Text())
	require.EqualValues(t, message.Usage.OutputTokens, got.Usage.OutputTokens)
	require.Equal(t, provider.FinishStop, got.Finish)
}
