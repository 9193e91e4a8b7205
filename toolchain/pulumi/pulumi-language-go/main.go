// pulumi-language-go runs a Go program for the Pulumi CLI, where the vendor's own language host cannot be downloaded.
//
// It does what `pulumi preview|up|refresh|destroy|install|about` and `pulumi package add` need: building and starting the
// program, telling the engine which plugins its modules ask for, and making an SDK of a plugin's schema.
package main

import (
	"openstack-live-migration/toolchain/pulumi/serve"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// version is the CLI's own, set when linked.
var version = "0.0.0-dev"

func main() {
	serve.Main(func(engine string) pulumirpc.LanguageRuntimeServer { return &host{engine: engine} })
}
