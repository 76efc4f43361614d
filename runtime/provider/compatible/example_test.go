package compatible_test

import (
	"fmt"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/compatible"
)

// A server of one's own, and what it cannot do.
func ExampleRegister() {
	err := compatible.Register(provider.Endpoint{
		Prefix:  "local",
		BaseURL: "http://127.0.0.1:8080/v1",
		Capabilities: func(model string) provider.Capabilities {
			return provider.Capabilities{Schema: true, Stream: true, Temperature: true} // no tools, no images …
		},
	})
	fmt.Println(err)
	// Output: <nil>
}
