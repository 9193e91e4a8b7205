// pulumi-resource-command stands in for the part of Pulumi's command provider
// that this project uses (local.Command and local.run), where the vendor's plugin
// cannot be downloaded. State, inputs, outputs and error texts are those of the
// vendor's 1.2.1, so that a stack may change between the two. No remote.*, no assets.
package main

import (
	"context"
	"fmt"
	"os"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/middleware/schema"
)

// version must be that of npm's @pulumi/command: the engine asks for it. Set when linked.
var version = "0.0.0-dev"

func provider() p.Provider {
	return infer.Provider(infer.Options{
		Metadata:  schema.Metadata{DisplayName: "Command"},
		Resources: []infer.InferredResource{infer.Resource(&Command{})},
		Functions: []infer.InferredFunction{infer.Function(&Run{})},
	})
}

func main() {
	if err := p.RunProvider(context.Background(), "command", version, provider()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
