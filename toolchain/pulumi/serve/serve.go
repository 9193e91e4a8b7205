// Package serve starts a language host, as the Pulumi CLI expects it.
package serve

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

// Main reads the command line, and serves the host that `newHost` makes for the engine's address until the engine is gone.
func Main(newHost func(engine string) pulumirpc.LanguageRuntimeServer) {
	for _, name := range []string{"tracing", "root"} {
		flag.String(name, "", "accepted because the CLI passes it; not used")
	}
	flag.Parse()
	engine := flag.Arg(0)
	if err := serve(engine, newHost(engine)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve answers on a port of its own, which it prints for the CLI to read.
func serve(engine string, host pulumirpc.LanguageRuntimeServer) error {
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
			pulumirpc.RegisterLanguageRuntimeServer(s, host)
			return nil
		},
	})
	if err != nil {
		return err
	}
	fmt.Println(server.Port)
	return <-server.Done
}
