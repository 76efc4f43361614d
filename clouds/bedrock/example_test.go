package bedrock_test

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/alloygen/alloygen/clouds/bedrock"
	"github.com/alloygen/alloygen/clouds/internal/cloudtest"
	alloy "github.com/alloygen/alloygen/runtime"
)

// Claude on Bedrock, under Anthropic's name for the model.
func Example() {
	_ = os.Setenv("ANTHROPIC_BASE_URL", "https://bedrock-runtime.us-east-1.amazonaws.com")
	defer func() { _ = os.Unsetenv("ANTHROPIC_BASE_URL") }()
	cfg := aws.Config{Region: "us-east-1", Credentials: credentials()} // or config.LoadDefaultConfig(ctx)
	transport := &bedrock.Transport{
		Region:      cfg.Region,
		Credentials: cfg.Credentials,
		Models:      map[string]string{"claude-haiku-4-5": "us.anthropic.claude-haiku-4-5-20251001-v1:0"},
	}
	transport.Base = &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(message)}} // stands for Amazon

	client, err := alloy.New(alloy.WithModel("claude-haiku-4-5"), alloy.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := alloy.WithClient(context.Background(), client)
	fmt.Println(alloy.Ask(ctx, "Where is order 4392?"))
	// Output: It is shipped. <nil>
}
