package alloy

import "context"

var askCommand = NewCommand(Definition[string]{Name: "Ask"})

// Ask sends a prompt and returns the answer as text. It is a command like any other: all options apply (WithContext puts
// data before the prompt, WithTools offers tools), and so do retries and the four errors.
func Ask(ctx context.Context, prompt string, opts ...Option) (string, error) {
	return askCommand.Run(ctx, asking(prompt), opts)
}

func asking(prompt string) Call[string] {
	return Call[string]{Prompt: func(context.Context) (Prompt[string], error) {
		return PromptOf[string](Text(prompt)), nil
	}}
}
