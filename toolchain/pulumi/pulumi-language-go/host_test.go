package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
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

func TestAModuleAsksForThePluginOfItsSDK(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/own/thing/pulumi-plugin.json", `{"resource": true, "name": "thing", "version": "0.1.0"}`)
	write(t, root+"/vendor/go/cloud/pulumi-plugin.json", `{"resource": true, "name": "cloud"}`)
	write(t, root+"/other/pulumi-plugin.json", `{"resource": false, "name": "other"}`)
	write(t, root+"/none/go.mod", "module none\n")
	for dir, want := range map[string][2]string{
		"own": {"thing", "v0.1.0"}, "vendor": {"cloud", "v1.2.3"}, "other": {}, "none": {},
	} {
		var got [2]string
		if found := pluginOf(filepath.Join(root, dir), "v1.2.3"); found != nil {
			got = [2]string{found.Name, found.Version}
		}
		if got != want {
			t.Errorf("%s: got %v, want %v", dir, got, want)
		}
	}
}

func TestTheProgramLearnsOfItsStack(t *testing.T) {
	got, err := programEnvironment("127.0.0.1:2", &pulumirpc.RunRequest{
		Project: "p", Stack: "dev", Organization: "organization", Parallel: 8, DryRun: true, MonitorAddress: "127.0.0.1:1",
		Config: map[string]string{"p:host": "node-28"}, ConfigSecretKeys: []string{"p:key"},
		Info: &pulumirpc.ProgramInfo{RootDirectory: "/r"},
	})
	want := []string{
		"PULUMI_ORGANIZATION=organization", "PULUMI_PROJECT=p", "PULUMI_ROOT_DIRECTORY=/r", "PULUMI_STACK=dev",
		`PULUMI_CONFIG={"p:host":"node-28"}`, `PULUMI_CONFIG_SECRET_KEYS=["p:key"]`,
		"PULUMI_DRY_RUN=true", "PULUMI_PARALLEL=8", "PULUMI_MONITOR=127.0.0.1:1", "PULUMI_ENGINE=127.0.0.1:2",
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q, %v\nwant %q", got, err, want)
	}
}

func TestTheModuleOfAnSDK(t *testing.T) {
	file := filepath.Join(t.TempDir(), "go.mod")
	write(t, file, "// made by a generator\nmodule example.com/sdk/go\n\ngo 1.25\n")
	if got, err := modulePath(file); err != nil || got != "example.com/sdk/go" {
		t.Errorf("got %q, %v", got, err)
	}
	write(t, file, "go 1.25\n")
	if _, err := modulePath(file); err == nil {
		t.Error("a go.mod without a module is an error")
	}
}
