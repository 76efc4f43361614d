package main

import (
	"fmt"
	"strings"
)

// What servers send: a whole stream with one piece of text in each event, and the replies to typed requests.

func chatStream(pieces []string) string {
	var b strings.Builder
	chunk := func(delta map[string]any, finish any) {
		fmt.Fprintf(&b, "data: %s\n\n", jsonText(map[string]any{
			"id": "chatcmpl-C9x2bTq1nMZ4", "object": "chat.completion.chunk", "created": 1790000000, "model": "gpt-5-mini-2025-08-07",
			"service_tier": "default", "system_fingerprint": nil, "usage": nil, "obfuscation": "q1Zx8bK2",
			"choices": []any{map[string]any{"index": 0, "delta": delta, "logprobs": nil, "finish_reason": finish}},
		}))
	}
	chunk(map[string]any{"role": "assistant", "content": "", "refusal": nil}, nil)
	for _, piece := range pieces {
		chunk(map[string]any{"content": piece}, nil)
	}
	chunk(map[string]any{}, "stop")
	fmt.Fprintf(&b, "data: %s\n\ndata: [DONE]\n\n", jsonText(map[string]any{
		"id": "chatcmpl-C9x2bTq1nMZ4", "object": "chat.completion.chunk", "created": 1790000000, "model": "gpt-5-mini-2025-08-07",
		"choices": []any{}, "usage": map[string]any{"prompt_tokens": 212, "completion_tokens": len(pieces), "total_tokens": 212 + len(pieces)},
	}))
	return b.String()
}

func responsesStream(pieces []string) string {
	var b strings.Builder
	number := 0
	event := func(kind string, fields map[string]any) {
		fields["type"], fields["sequence_number"] = kind, number
		number++
		fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", kind, jsonText(fields))
	}
	response := response(strings.Join(pieces, ""))
	output := response["output"]
	message := output.([]any)[0]
	response["output"], response["status"] = []any{}, "in_progress"
	event("response.created", map[string]any{"response": response})
	event("response.in_progress", map[string]any{"response": response})
	event("response.output_item.added", map[string]any{"output_index": 0, "item": map[string]any{"id": "msg_68c2", "type": "message",
		"status": "in_progress", "role": "assistant", "content": []any{}}})
	event("response.content_part.added", map[string]any{"item_id": "msg_68c2", "output_index": 0, "content_index": 0,
		"part": map[string]any{"type": "output_text", "annotations": []any{}, "logprobs": []any{}, "text": ""}})
	for _, piece := range pieces {
		event("response.output_text.delta", map[string]any{"item_id": "msg_68c2", "output_index": 0, "content_index": 0,
			"delta": piece, "logprobs": []any{}, "obfuscation": "q1Zx8bK2"})
	}
	response["output"], response["status"] = output, "completed"
	event("response.output_item.done", map[string]any{"output_index": 0, "item": message})
	event("response.completed", map[string]any{"response": response})
	return b.String()
}

// response is the body of a response, as OpenAI's API sends it.
func response(said string) map[string]any {
	return map[string]any{
		"id": "resp_68c1", "object": "response", "created_at": 1790000000, "status": "completed", "error": nil, "incomplete_details": nil,
		"model": "gpt-5-mini-2025-08-07", "store": false,
		"output": []any{map[string]any{"id": "msg_68c2", "type": "message", "status": "completed", "role": "assistant", "content": []any{
			map[string]any{"type": "output_text", "annotations": []any{}, "logprobs": []any{}, "text": said},
		}}},
		"usage": map[string]any{"input_tokens": 212, "output_tokens": 96, "total_tokens": 308,
			"input_tokens_details": map[string]any{"cached_tokens": 0}, "output_tokens_details": map[string]any{"reasoning_tokens": 0}},
	}
}

var messagesReply = map[string]any{
	"id": "msg_013Zva2CMHLNnXjNJJKqJ2EF", "type": "message", "role": "assistant", "model": "claude-opus-4-7",
	"content":     []any{map[string]any{"type": "text", "text": answer}},
	"stop_reason": "end_turn", "stop_sequence": nil,
	"usage": map[string]any{"input_tokens": 212, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 96,
		"service_tier": "standard"},
}

func messagesStream(pieces []string) string {
	var b strings.Builder
	event := func(kind string, fields map[string]any) {
		fields["type"] = kind
		fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", kind, jsonText(fields))
	}
	event("message_start", map[string]any{"message": map[string]any{"id": "msg_013Z", "type": "message", "role": "assistant",
		"model": "claude-opus-4-7", "content": []any{}, "stop_reason": nil, "usage": map[string]any{"input_tokens": 212, "output_tokens": 1}}})
	event("content_block_start", map[string]any{"index": 0, "content_block": map[string]any{"type": "text", "text": ""}})
	for _, piece := range pieces {
		event("content_block_delta", map[string]any{"index": 0, "delta": map[string]any{"type": "text_delta", "text": piece}})
	}
	event("content_block_stop", map[string]any{"index": 0})
	event("message_delta", map[string]any{"delta": map[string]any{"stop_reason": "end_turn", "stop_sequence": nil},
		"usage": map[string]any{"output_tokens": len(pieces)}})
	event("message_stop", map[string]any{})
	return b.String()
}

func geminiPiece(said, finish string) map[string]any {
	candidate := map[string]any{"index": 0, "content": map[string]any{"role": "model", "parts": []any{map[string]any{"text": said}}}}
	if finish != "" {
		candidate["finishReason"] = finish
	}
	return map[string]any{
		"candidates": []any{candidate}, "modelVersion": "gemini-3.8-flash", "responseId": "Xk3TaPiyLcWl1MkP",
		"usageMetadata": map[string]any{"promptTokenCount": 212, "candidatesTokenCount": 96, "totalTokenCount": 308,
			"promptTokensDetails": []any{map[string]any{"modality": "TEXT", "tokenCount": 212}}},
	}
}

func geminiStream(pieces []string) string {
	var b strings.Builder
	for i, piece := range pieces {
		finish := ""
		if i == len(pieces)-1 {
			finish = "STOP"
		}
		fmt.Fprintf(&b, "data: %s\r\n\r\n", jsonText(geminiPiece(piece, finish)))
	}
	return b.String()
}

func ollamaPiece(said string, done bool) map[string]any {
	m := map[string]any{"model": "llama3.2", "created_at": "2026-11-25T09:00:00.123456Z", "done": done,
		"message": map[string]any{"role": "assistant", "content": said}}
	if done {
		m["done_reason"], m["total_duration"], m["load_duration"] = "stop", 4883583458, 1334875
		m["prompt_eval_count"], m["prompt_eval_duration"], m["eval_count"], m["eval_duration"] = 212, 342546000, 96, 4535599000
	}
	return m
}

func ollamaStream(pieces []string) string {
	var b strings.Builder
	for _, piece := range pieces {
		b.WriteString(jsonText(ollamaPiece(piece, false)) + "\n")
	}
	b.WriteString(jsonText(ollamaPiece("", true)) + "\n")
	return b.String()
}
