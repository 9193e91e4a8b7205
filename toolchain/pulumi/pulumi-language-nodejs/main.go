// pulumi-language-nodejs runs a Node.js program for the Pulumi CLI, where the
// vendor's own language host cannot be downloaded.
//
// It does what `pulumi preview|up|refresh|destroy|install|about` need: starting
// `@pulumi/pulumi/cmd/run` for the program, and telling the engine which plugins
// the program's npm packages ask for, and serving components in Node.js to programs in
// other languages. No code generation.
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
