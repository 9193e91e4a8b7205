package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// RunPlugin serves components that are written in TypeScript to programs in other languages, until the engine
// cancels the call.
func (h *host) RunPlugin(req *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer) error {
	dir := req.GetInfo().GetProgramDirectory()
	find := exec.CommandContext(stream.Context(), "node", "-p", `require.resolve("@pulumi/pulumi/cmd/run-plugin")`)
	find.Dir, find.Stderr = dir, os.Stderr
	runner, err := find.Output()
	if err != nil {
		return fmt.Errorf("no @pulumi/pulumi in %s (%w): run `npm ci` there", dir, err)
	}
	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(stream, false)
	if err != nil {
		return err
	}
	defer closer.Close() //nolint:errcheck // the engine may be gone
	cmd := exec.CommandContext(stream.Context(), "node", append([]string{strings.TrimSpace(string(runner)), dir}, req.GetArgs()...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = req.GetPwd(), stdout, stderr
	cmd.Env = append(os.Environ(), req.GetEnv()...)

	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code := pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(exit.ExitCode())}
		return stream.Send(&pulumirpc.RunPluginResponse{Output: &code})
	}
	return err
}
