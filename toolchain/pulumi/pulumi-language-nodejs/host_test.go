package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRequiredPackagesOfTheNearestPackageJSON(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/package.json", `{"dependencies": {"@pulumi/openstack": "*", "@pulumi/command": "*", "yaml": "*", "gone": "*"}}`)
	write(t, root+"/node_modules/@pulumi/openstack/package.json", `{"version": "v3.15.2", "pulumi": {"resource": true, "name": "openstack"}}`)
	write(t, root+"/node_modules/@pulumi/command/package.json", `{"version": "9.9.9", "pulumi": {"resource": true, "version": "1.2.1"}}`)
	write(t, root+"/node_modules/yaml/package.json", `{"version": "2.0.0"}`)
	write(t, root+"/program/index.ts", "")

	var got [][2]string
	for _, p := range requiredPackages(root + "/program") {
		got = append(got, [2]string{p.Name, p.Version})
	}
	if want := [][2]string{{"command", "v1.2.1"}, {"openstack", "v3.15.2"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func request(t *testing.T, options map[string]any) *pulumirpc.RunRequest {
	t.Helper()
	fields, err := structpb.NewStruct(options)
	if err != nil {
		t.Fatal(err)
	}
	return &pulumirpc.RunRequest{
		Project: "p", Stack: "dev", Organization: "organization", Parallel: 8, DryRun: true,
		MonitorAddress: "127.0.0.1:1", Args: []string{"extra"},
		Info: &pulumirpc.ProgramInfo{RootDirectory: "/r", ProgramDirectory: "/r/p", EntryPoint: "index.ts", Options: fields},
	}
}

func TestRunnerArguments(t *testing.T) {
	got := runnerArguments("/run", "127.0.0.1:2", request(t, map[string]any{"nodeargs": "--a --b"}))
	want := []string{
		"--a", "--b", "/run", "--monitor", "127.0.0.1:1", "--engine", "127.0.0.1:2", "--organization", "organization",
		"--project", "p", "--stack", "dev", "--root-directory", "/r", "--pwd", "/r/p", "--parallel", "8", "--dry-run", "index.ts", "extra",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestRunnerEnvironment(t *testing.T) {
	ours := request(t, map[string]any{"typescript": false})
	ours.Config, ours.ConfigSecretKeys = map[string]string{"p:host": "node-28"}, []string{"p:key"}
	for _, c := range []struct {
		name string
		req  *pulumirpc.RunRequest
		want []string
	}{
		{"Node strips the types", ours, []string{`PULUMI_CONFIG={"p:host":"node-28"}`, `PULUMI_CONFIG_SECRET_KEYS=["p:key"]`}},
		{"the vendor's default", request(t, map[string]any{"tsconfig": "t.json"}), []string{
			`PULUMI_CONFIG={}`, `PULUMI_CONFIG_SECRET_KEYS=[]`, "PULUMI_NODEJS_TYPESCRIPT=true", "PULUMI_NODEJS_TSCONFIG_PATH=t.json",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := runnerEnvironment(c.req)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}
