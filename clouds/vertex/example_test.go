package vertex_test

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/alloygen/alloygen/clouds/internal/cloudtest"
	"github.com/alloygen/alloygen/clouds/vertex"
	alloy "github.com/alloygen/alloygen/runtime"
)

// Gemini on Vertex AI, in the project that pays for it.
func Example() {
	_ = os.Setenv("GEMINI_BASE_URL", "https://us-central1-aiplatform.googleapis.com")
	defer func() { _ = os.Unsetenv("GEMINI_BASE_URL") }()
	source := tokens() // or google.DefaultTokenSource(ctx, "https://www.googleapis.com/auth/cloud-platform")
	transport := &vertex.Transport{
		Project:  "acme-prod",
		Location: "us-central1",
		Tokens:   source,
	}
	transport.Base = &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(generated)}} // stands for Google

	client, err := alloy.New(alloy.WithModel("gemini-3.5-flash"), alloy.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := alloy.WithClient(context.Background(), client)
	fmt.Println(alloy.Ask(ctx, "Where is order 4392?"))
	// Output: It is shipped. <nil>
}
