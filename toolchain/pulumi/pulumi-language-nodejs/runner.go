package main

import (
	"encoding/json"
	"strconv"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// runnerArguments is node's command line: the program under `@pulumi/pulumi/cmd/run`.
func runnerArguments(runner, engine string, req *pulumirpc.RunRequest) []string {
	info := req.GetInfo()
	var args []string
	if extra, ok := info.GetOptions().AsMap()["nodeargs"].(string); ok {
		args = strings.Fields(extra)
	}
	args = append(args, runner,
		"--monitor", req.GetMonitorAddress(),
		"--engine", engine,
		"--organization", req.GetOrganization(),
		"--project", req.GetProject(),
		"--stack", req.GetStack(),
		"--root-directory", info.GetRootDirectory(),
		"--pwd", info.GetProgramDirectory(),
		"--parallel", strconv.Itoa(int(req.GetParallel())))
	if req.GetDryRun() {
		args = append(args, "--dry-run")
	}
	return append(append(args, info.GetEntryPoint()), req.GetArgs()...)
}

// runnerEnvironment carries the stack's configuration, which must not show in the process list, and says whether
// the runner is to compile TypeScript itself. It does so unless `typescript: false` leaves that to Node.
func runnerEnvironment(req *pulumirpc.RunRequest) ([]string, error) {
	config := req.GetConfig()
	if config == nil {
		config = map[string]string{} // "null" would not do
	}
	values, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	secrets, err := json.Marshal(append([]string{}, req.GetConfigSecretKeys()...))
	if err != nil {
		return nil, err
	}
	env := []string{"PULUMI_CONFIG=" + string(values), "PULUMI_CONFIG_SECRET_KEYS=" + string(secrets)}
	options := req.GetInfo().GetOptions().AsMap()
	if typescript, given := options["typescript"].(bool); !given || typescript {
		env = append(env, "PULUMI_NODEJS_TYPESCRIPT=true")
	}
	if path, ok := options["tsconfig"].(string); ok {
		env = append(env, "PULUMI_NODEJS_TSCONFIG_PATH="+path)
	}
	return env, nil
}
