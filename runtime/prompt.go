package alloy

import (
	"fmt"

	"github.com/alloygen/alloygen/runtime/provider"
)

// Part is one piece of a message: text, an image, a document or a recording. Make it with Text, Image, ImageURL, PDF, PDFURL or
// Audio.
type Part = provider.Part

// Message is one turn of a conversation. Make it with UserMessage or AssistantMessage.
type Message = provider.Message

// Schema is the JSON Schema of an answer or of a tool's input, as generated code holds it. Always used by pointer.
type Schema = provider.Schema

// None is the result of a command that only has an effect: of a Prompt[None] the generated wrapper returns just an error,
// and the text of the answer is ignored, even when it is blank.
type None struct{}

// Prompt is what a prompt function returns: what the model is asked, and by its type what the answer must be. It is an
// immutable value; its methods return changed copies.
type Prompt[T any] struct{ prompt }

// prompt is a Prompt without its type.
type prompt struct {
	text     string // the whole prompt, when parts is nil
	parts    []Part
	system   string
	history  []Message
	examples []example
}

// example is an input with the answer that is wanted for it, not yet encoded.
type example struct {
	input  string
	output any
}

// Promptf returns a prompt of text, formatted as fmt.Sprintf does.
func Promptf[T any](format string, args ...any) Prompt[T] {
	return Prompt[T]{prompt{text: fmt.Sprintf(format, args...)}}
}

// PromptOf returns a prompt of text, images, documents and recordings, in the order given. A model that does not take one of
// them makes the call fail with a ConfigurationError, before any request.
func PromptOf[T any](parts ...Part) Prompt[T] {
	switch {
	case len(parts) == 0:
		return Prompt[T]{}
	case len(parts) == 1 && isText(parts[0]):
		return Prompt[T]{prompt{text: parts[0].Text}}
	}
	return Prompt[T]{prompt{parts: append([]Part{}, parts...)}}
}

func isText(p Part) bool {
	return p.Image == nil && p.Document == nil && p.Audio == nil && p.ToolCall == nil && p.ToolResult == nil && p.Vendor == nil
}

// WithHistory puts earlier turns of a conversation before the prompt, oldest first and after any examples. Further calls add
// to them. Commands keep no memory of their own: what a model is to know of earlier calls comes in here.
func (p Prompt[T]) WithHistory(messages ...Message) Prompt[T] {
	p.history = append(p.history[:len(p.history):len(p.history)], messages...)
	return p
}

// WithExample shows the model an input and the answer that is wanted for it, as an earlier turn of the user and the model's
// reply to it. The output is encoded just as the model is asked to write its answer. Examples come first, in the order of
// the calls.
func (p Prompt[T]) WithExample(input string, output T) Prompt[T] {
	p.examples = append(p.examples[:len(p.examples):len(p.examples)], example{input, output})
	return p
}

// WithSystem adds text to the system prompt of this call, after what the settings say, on a new line. It cannot be used together
// with WithCache.
func (p Prompt[T]) WithSystem(text string) Prompt[T] {
	p.system = joinLines(p.system, text)
	return p
}

// Text is a part of a prompt or message that is plain text.
func Text(s string) Part { return Part{Text: s} }

// Image is a part of a prompt or message that holds a picture: its media type (image/png, image/jpeg …) and its bytes, which
// must not change while the call runs.
func Image(mediaType string, data []byte) Part {
	return Part{Image: &provider.Image{MediaType: mediaType, Data: data}}
}

// ImageURL is a part of a prompt or message that holds the address of a picture, which the vendor fetches.
func ImageURL(url string) Part { return Part{Image: &provider.Image{URL: url}} }

// PDF is a part of a prompt or message that holds a PDF file, with a name that the model sees. Its bytes must not change while
// the call runs.
func PDF(name string, data []byte) Part {
	return Part{Document: &provider.Document{Name: name, MediaType: "application/pdf", Data: data}}
}

// PDFURL is a part of a prompt or message that holds the address of a PDF file, which the vendor fetches.
func PDFURL(url string) Part {
	return Part{Document: &provider.Document{MediaType: "application/pdf", URL: url}}
}

// Audio is a part of a prompt or message that holds a recording: its media type (audio/wav, audio/mpeg …) and its bytes, which
// must not change while the call runs.
func Audio(mediaType string, data []byte) Part {
	return Part{Audio: &provider.Audio{MediaType: mediaType, Data: data}}
}

// UserMessage is a turn of the user, for WithHistory.
func UserMessage(parts ...Part) Message { return Message{Role: provider.User, Parts: parts} }

// AssistantMessage is a turn of the model, for WithHistory.
func AssistantMessage(parts ...Part) Message {
	return Message{Role: provider.Assistant, Parts: parts}
}

func joinLines(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}
