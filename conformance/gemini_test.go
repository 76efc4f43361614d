package conformance

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genai"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/gemini"
)

const geminiModel = "gemini-3.8-flash"

func geminiPair(t *testing.T, r *recorder) (*genai.Client, provider.Provider) {
	t.Setenv("GEMINI_API_KEY", "AIza-conformance")
	t.Setenv("GEMINI_BASE_URL", r.URL)
	ours, err := gemini.New(provider.Config{})
	require.NoError(t, err)
	client, err := genai.NewClient(t.Context(), &genai.ClientConfig{
		APIKey: "AIza-conformance", Backend: genai.BackendGeminiAPI, HTTPOptions: genai.HTTPOptions{BaseURL: r.URL},
	})
	require.NoError(t, err)
	return client, ours
}

// geminiCall is what the SDK is asked for.
type geminiCall struct {
	contents []*genai.Content
	config   *genai.GenerateContentConfig
}

func (c geminiCall) do(t *testing.T, client *genai.Client) *genai.GenerateContentResponse {
	t.Helper()
	res, err := client.Models.GenerateContent(t.Context(), geminiModel, c.contents, c.config)
	require.NoError(t, err)
	return res
}

func geminiContent(role genai.Role, parts ...*genai.Part) *genai.Content {
	return genai.NewContentFromParts(parts, role)
}

func geminiTyped(schema *provider.Schema) geminiCall {
	return geminiCall{
		[]*genai.Content{geminiContent(genai.RoleUser, genai.NewPartFromText(question))},
		&genai.GenerateContentConfig{
			SystemInstruction: &genai.Content{Parts: []*genai.Part{genai.NewPartFromText(system)}}, MaxOutputTokens: 300,
			ResponseMIMEType: "application/json", ResponseJsonSchema: schemaOf(schema),
		},
	}
}

func geminiTools(t *testing.T) geminiCall {
	call := func(id string, args map[string]any) *genai.Part {
		return &genai.Part{FunctionCall: &genai.FunctionCall{ID: id, Name: lookup.Name, Args: args}}
	}
	result := func(id string, response map[string]any) *genai.Part {
		return &genai.Part{FunctionResponse: &genai.FunctionResponse{ID: id, Name: lookup.Name, Response: response}}
	}
	first := call("call_1", map[string]any{"orderID": "4392"})
	signature, err := base64.URLEncoding.DecodeString("skip_thought_signature_validator")
	require.NoError(t, err)
	first.ThoughtSignature = signature
	return geminiCall{
		[]*genai.Content{
			geminiContent(genai.RoleUser, genai.NewPartFromText(question)),
			geminiContent(genai.RoleModel, genai.NewPartFromText("I will look."), first, call("call_2", map[string]any{"orderID": "1"})),
			geminiContent(genai.RoleUser, result("call_1", map[string]any{"output": "shipped"}), result("call_2", map[string]any{"error": "four digits"})),
		},
		&genai.GenerateContentConfig{MaxOutputTokens: 300, Tools: []*genai.Tool{{FunctionDeclarations: []*genai.FunctionDeclaration{{
			Name: lookup.Name, Description: lookup.Description, ParametersJsonSchema: schemaOf(lookup.Input),
		}}}}},
	}
}

func TestGeminiRequests(t *testing.T) {
	effort := typedCall(geminiModel, nil)
	effort.System, effort.Settings.Effort = "", "low"
	document := documentCall(geminiModel)
	document.Messages[0].Parts[1].Document.Name = "" // which the API has no field for
	const role = "the SDK fills it in; the API takes a system instruction without one, as its documentation has it"
	files := geminiContent(genai.RoleUser, genai.NewPartFromText(question), genai.NewPartFromBytes(picture, "image/png"), genai.NewPartFromURI(imageURL, "image/jpeg"))
	for name, tc := range map[string]struct {
		sdk     geminiCall
		ours    *provider.Request
		reasons map[string]string
	}{
		"typed": {geminiTyped(ticket), typedCall(geminiModel, ticket), map[string]string{".systemInstruction.role": role}},
		"tools": {geminiTools(t), toolCall(geminiModel), map[string]string{
			".contents[1].parts[1].thoughtSignature": "the SDK writes the same bytes in the other alphabet of base64; we send the word as the documentation has it",
		}},
		"image": {geminiCall{[]*genai.Content{files}, &genai.GenerateContentConfig{MaxOutputTokens: 300}}, imageCall(geminiModel), nil},
		"document": {geminiCall{[]*genai.Content{geminiContent(genai.RoleUser, genai.NewPartFromText(question),
			genai.NewPartFromBytes([]byte("%PDF-1.4"), "application/pdf"), genai.NewPartFromURI(imageURL, "application/pdf"))},
			&genai.GenerateContentConfig{MaxOutputTokens: 300}}, document, nil},
		"effort": {geminiCall{[]*genai.Content{geminiContent(genai.RoleUser, genai.NewPartFromText(question))},
			&genai.GenerateContentConfig{MaxOutputTokens: 300, ThinkingConfig: &genai.ThinkingConfig{ThinkingLevel: genai.ThinkingLevelLow}}}, effort, nil},
		"typed, with constraints": {geminiTyped(constrained), typedCall(geminiModel, constrained), map[string]string{
			".systemInstruction.role":                                role,
			".generationConfig.responseJsonSchema.properties.words.": "the API does not document minLength, so it is told in the description; the SDK sends a schema as it is given",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := record(t, 200, reply(t, "gemini-text"))
			client, ours := geminiPair(t, r)
			tc.sdk.do(t, client)
			_, err := ours.Do(t.Context(), tc.ours, nil)
			require.NoError(t, err)
			theirs, mine := r.pair(t)
			same(t, theirs, mine, tc.reasons)
		})
	}
}

var geminiFinish = map[genai.FinishReason]provider.FinishReason{
	genai.FinishReasonStop:      provider.FinishStop,
	genai.FinishReasonMaxTokens: provider.FinishLength,
	genai.FinishReasonSafety:    provider.FinishRefusal,
}

// sameAnswer compares what the SDK made of an answer, piece by piece in a stream, with what we made of it.
func sameAnswer(t *testing.T, pieces []*genai.GenerateContentResponse, got *provider.Response) {
	t.Helper()
	want := pieces[len(pieces)-1]
	text := ""
	var calls []*genai.FunctionCall
	for _, p := range pieces {
		for _, part := range p.Candidates[0].Content.Parts {
			if !part.Thought {
				text += part.Text
			}
		}
		calls = append(calls, p.FunctionCalls()...)
	}
	require.Equal(t, text, got.Text())
	require.Len(t, got.ToolCalls(), len(calls))
	for i, call := range got.ToolCalls() {
		require.Equal(t, calls[i].ID, call.ID)
		require.Equal(t, calls[i].Name, call.Name)
		args, err := json.Marshal(calls[i].Args)
		require.NoError(t, err)
		require.JSONEq(t, string(args), call.Arguments)
	}
	finish := geminiFinish[want.Candidates[0].FinishReason]
	if len(calls) > 0 {
		finish = provider.FinishToolCalls // which the API says with the calls alone
	}
	require.Equal(t, finish, got.Finish)
	require.Equal(t, want.ModelVersion, got.Model)
	require.Equal(t, want.ResponseID, got.RequestID)
	u := want.UsageMetadata
	require.EqualValues(t, u.PromptTokenCount, got.Usage.InputTokens)
	require.EqualValues(t, u.TotalTokenCount-u.PromptTokenCount, got.Usage.OutputTokens)
	require.EqualValues(t, u.CachedContentTokenCount, got.Usage.CachedTokens)
	require.EqualValues(t, u.ThoughtsTokenCount, got.Usage.ReasoningTokens)
}

func TestGeminiReplies(t *testing.T) {
	for _, name := range []string{"gemini-text", "gemini-typed", "gemini-tools", "gemini-length", "gemini-safety"} {
		t.Run(name, func(t *testing.T) {
			r := record(t, 200, reply(t, name))
			client, ours := geminiPair(t, r)
			want := geminiTyped(ticket).do(t, client)
			got, err := ours.Do(t.Context(), typedCall(geminiModel, ticket), nil)
			require.NoError(t, err)
			sameAnswer(t, []*genai.GenerateContentResponse{want}, got)
		})
	}
}

// The answer of a model goes back to it as the SDK sends it back, signatures and thoughts included.
func TestGeminiReturnsAnAnswer(t *testing.T) {
	r := record(t, 200, reply(t, "gemini-tools"))
	client, ours := geminiPair(t, r)
	call := geminiTools(t)
	answer := call.do(t, client)
	req := toolCall(geminiModel)
	got, err := ours.Do(t.Context(), req, nil)
	require.NoError(t, err)

	call.contents = append(call.contents, answer.Candidates[0].Content)
	req.Messages = append(req.Messages, provider.Message{Role: provider.Assistant, Parts: got.Parts})
	r.requests = nil
	call.do(t, client)
	_, err = ours.Do(t.Context(), req, nil)
	require.NoError(t, err)
	theirs, mine := r.pair(t)
	same(t, theirs, mine, map[string]string{
		".contents[1].parts[1].thoughtSignature":  "as in the request before it",
		".contents[3].parts[3].functionCall.args": "the SDK leaves arguments out that are empty; both mean a call without arguments",
	})
}

// An answer that stops at the limit of one request goes on with its token: the SDK by itself, and we in the next request of the
// conversation, to which the pause leads.
func TestGeminiContinuation(t *testing.T) {
	r := record(t, 200, reply(t, "gemini-text"))
	r.begins = reply(t, "gemini-continuation")
	client, ours := geminiPair(t, r)
	call := geminiTyped(ticket)
	call.config.SystemInstruction = nil
	want := call.do(t, client)
	req := typedCall(geminiModel, ticket)
	req.System = ""
	begun, err := ours.Do(t.Context(), req, nil)
	require.NoError(t, err)
	require.Equal(t, provider.FinishPause, begun.Finish)
	req.Messages = append(req.Messages, provider.Message{Role: provider.Assistant, Parts: begun.Parts})
	got, err := ours.Do(t.Context(), req, nil)
	require.NoError(t, err)
	require.Equal(t, want.Text(), got.Text())
	require.Equal(t, provider.FinishStop, got.Finish)
	require.Len(t, r.requests, 4)
	same(t, r.requests[0], r.requests[2], nil)
	same(t, r.requests[1], r.requests[3], nil)
}

func TestGeminiStreams(t *testing.T) {
	for _, name := range []string{"gemini-text.sse", "gemini-tools.sse"} {
		t.Run(name, func(t *testing.T) {
			r := recordStream(t, name)
			client, ours := geminiPair(t, r)
			call := geminiTools(t)
			var pieces []*genai.GenerateContentResponse
			for piece, err := range client.Models.GenerateContentStream(t.Context(), geminiModel, call.contents, call.config) {
				require.NoError(t, err)
				pieces = append(pieces, piece)
			}
			got, text := streamed(t, ours, toolCall(geminiModel))
			require.Equal(t, got.Text(), text)
			sameAnswer(t, pieces, got)
			theirs, mine := r.pair(t)
			require.True(t, strings.HasSuffix(mine.path, ":streamGenerateContent?alt=sse"))
			same(t, theirs, mine, map[string]string{".contents[1].parts[1].thoughtSignature": "as without a stream"})
		})
	}
}

func TestGeminiErrors(t *testing.T) {
	r := record(t, 429, reply(t, "gemini-error"))
	client, ours := geminiPair(t, r)
	call := geminiTyped(ticket)
	_, err := client.Models.GenerateContent(t.Context(), geminiModel, call.contents, call.config)
	var want genai.APIError
	require.ErrorAs(t, err, &want)
	_, err = ours.Do(t.Context(), typedCall(geminiModel, ticket), nil)
	var got *provider.Error
	require.ErrorAs(t, err, &got)
	require.Equal(t, want.Code, got.Status)
	require.Equal(t, want.Status, got.Type)
	require.Equal(t, want.Message, got.Message)
	require.Equal(t, provider.RateLimit, got.Class)
	r.pair(t)
}
