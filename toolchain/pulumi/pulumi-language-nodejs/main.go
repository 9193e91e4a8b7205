// pulumi-language-nodejs runs a Node.js program for the Pulumi CLI, where the
// vendor's own language host cannot be downloaded.
//
// It does what `pulumi preview|up|refresh|destroy|install|about` need: starting
// `@pulumi/pulumi/cmd/run` for the program, and telling the engine which plugins
// the program's npm packages ask for, and serving components in Node.js to programs in
// other languages. No code generation.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// version is the CLI's own, set when linked.
var version = "0.0.0-dev"

func main() {
	for _, name := range []string{"tracing", "root"} {
		flag.String(name, "", "accepted because the CLI passes it; not used")
	}
	flag.Parse()
	if err := serve(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve answers on a port of its own, which it prints for the CLI to read, until the engine is gone.
func serve(engine string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := make(chan bool)
	go func() { <-ctx.Done(); close(stop) }()
	if engine != "" {
		if err := rpcutil.Healthcheck(ctx, engine, 10*time.Second, cancel); err != nil {
			return err
		}
	}
	server, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(s, &host{engine: engine})
			return nil
		},
	})
	if err != nil {
		return err
	}
	fmt.Println(server.Port)
	return <-server.Done
}
