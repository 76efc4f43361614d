package main

import "encoding/json"

// What a person writes for an event of a stream.

func scanChat(data []byte) (string, bool, error) {
	if string(data) == "[DONE]" {
		return "", true, nil
	}
	var chunk struct {
		Choices []struct {
			Delta struct {
				Content string `json:"content"`
				Refusal string `json:"refusal"`
			} `json:"delta"`
			FinishReason string `json:"finish_reason"`
		} `json:"choices"`
		Usage *struct {
			Prompt     int `json:"prompt_tokens"`
			Completion int `json:"completion_tokens"`
		} `json:"usage"`
	}
	if err := json.Unmarshal(data, &chunk); err != nil || len(chunk.Choices) == 0 {
		return "", false, err
	}
	return chunk.Choices[0].Delta.Content, false, nil
}

func scanResponses(data []byte) (string, bool, error) {
	var event struct {
		Type     string `json:"type"`
		Delta    string `json:"delta"`
		Response struct {
			Status string `json:"status"`
			Usage  struct {
				Input  int `json:"input_tokens"`
				Output int `json:"output_tokens"`
			} `json:"usage"`
		} `json:"response"`
	}
	err := json.Unmarshal(data, &event)
	return event.Delta, event.Type == "response.completed", err
}

func scanMessages(data []byte) (string, bool, error) {
	var event struct {
		Type  string `json:"type"`
		Delta struct {
			Type       string `json:"type"`
			Text       string `json:"text"`
			StopReason string `json:"stop_reason"`
		} `json:"delta"`
		Usage struct {
			Output int `json:"output_tokens"`
		} `json:"usage"`
	}
	err := json.Unmarshal(data, &event)
	return event.Delta.Text, event.Type == "message_stop", err
}

func scanGemini(data []byte) (string, bool, error) {
	var reply geminiReply
	if err := json.Unmarshal(data, &reply); err != nil {
		return "", false, err
	}
	said, err := reply.text()
	return said, reply.Candidates != nil && reply.Candidates[0].FinishReason != "", err
}

func scanOllama(data []byte) (string, bool, error) {
	var reply ollamaReply
	err := json.Unmarshal(data, &reply)
	return reply.Message.Content, reply.Done, err
}
