// Package openai speaks OpenAI's two APIs, over net/http alone: Responses, and Chat Completions, which any server that is
// compatible with OpenAI speaks too (llama.cpp, vLLM, Ollama, gateways).
//
// The environment says where requests go: OPENAI_API_KEY, and OPENAI_BASE_URL, which is https://api.openai.com/v1 unless
// set. A server of one's own may need no key; OpenAI's does. Both are read at each request.
//
// OpenAI itself gets Responses, but for models that it has in Chat Completions alone (gpt-audio, search models); any other
// address gets Chat Completions. The extra option "openai.api", chat or responses, chooses; it is not sent. Responses are
// not stored by the vendor: the whole conversation goes along each time, with the model's encrypted reasoning, which only
// the model that made it gets back. A conversation may change from one API to the other.
//
// The package registers itself under the name openai. An answer with a schema is asked for in the vendor's strict form,
// where the schema has one; see https://developers.openai.com/api/docs/guides/structured-outputs. Constraints that strict
// mode does not take are told in the description of the value.
//
// Responses that are streamed say nothing while the model reasons, unless a summary of it is asked for: the extra option
// "openai.reasoning.summary" with "auto". Without one, a long thought is silence. What stands beside the schema in the text of a
// request is an option of that kind too: "openai.text.verbosity".
//
// Reasoning models (o1, o3, o4 …, gpt-5 and later, but not their chat variants) take no temperature, no top_p, no stop sequences
// and not every word for the effort, others no effort, Responses no stop sequences and no seed, and no max_output_tokens below 16:
// those are left out or raised, and the response warns of it. Models older than structured output get no schema.
//
// Some compatible servers show their thoughts beside the answer, and refuse a conversation with tools in which these are missing:
// reasoning_content, reasoning_details and the extra_content of a call go back to the model that made them.
//
// Documents go as files: PDF to any model that sees, other types and addresses to Responses alone; recordings (WAV, MP3) to
// the audio models. OpenAI caches the beginning of a prompt by itself, from 1024 tokens on, so Settings.Cache sends nothing;
// prompt_cache_key and prompt_cache_options are extra options. See
// https://developers.openai.com/api/docs/guides/prompt-caching.
package openai

import "github.com/alloygen/alloygen/runtime/provider"

const name = "openai"

func init() {
	// Refused only when the program has put a provider of its own under that name before, which then stands.
	_ = provider.Register(provider.Registration{
		Name:         name,
		New:          New,
		Credentials:  []string{"OPENAI_API_KEY"},
		Capabilities: Capabilities,
	})
}
