package azure_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/alloygen/alloygen/clouds/azure"
	"github.com/alloygen/alloygen/clouds/internal/cloudtest"
	alloy "github.com/alloygen/alloygen/runtime"
	_ "github.com/alloygen/alloygen/runtime/provider/compatible"
)

// A deployment on Azure OpenAI, by a token of Entra ID.
func Example() {
	entra := &credential{} // or azidentity.NewDefaultAzureCredential(nil)
	transport := &azure.Transport{
		Credential: entra,
		Models:     map[string]string{"gpt-5-mini": "support-deployment"}, // only where their names differ
	}
	transport.Base = &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(completion)}} // stands for Azure

	client, err := alloy.New(
		alloy.WithModel("azure/gpt-5-mini"),
		alloy.WithCompatible("azure", "https://acme.openai.azure.com/openai/v1", ""),
		alloy.WithHTTPClient(&http.Client{Transport: transport}),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := alloy.WithClient(context.Background(), client)
	fmt.Println(alloy.Ask(ctx, "Where is order 4392?"))
	// Output: It is shipped. <nil>
}
