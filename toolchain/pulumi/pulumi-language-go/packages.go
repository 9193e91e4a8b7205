package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// requiredPackages lists the plugins that the modules of the program in `dir` ask for. A module that is not downloaded asks for
// nothing: the build says so better.
func requiredPackages(ctx context.Context, dir string) ([]*pulumirpc.PackageDependency, error) {
	list := exec.CommandContext(ctx, "go", "list", "-m", "-json", "all")
	list.Dir, list.Stderr = dir, os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list in %s: %w", dir, err)
	}
	var packages []*pulumirpc.PackageDependency
	for modules := json.NewDecoder(strings.NewReader(string(out))); modules.More(); {
		var module struct{ Dir, Version string }
		if err := modules.Decode(&module); err != nil {
			return nil, err
		}
		if module.Dir == "" {
			continue
		}
		if found := pluginOf(module.Dir, module.Version); found != nil {
			packages = append(packages, found)
		}
	}
	return packages, nil
}

// pluginOf reads the pulumi-plugin.json of an SDK, which lies in its package's folder; nil where the module is none.
func pluginOf(dir, moduleVersion string) *pulumirpc.PackageDependency {
	for _, pattern := range []string{"pulumi-plugin.json", "*/pulumi-plugin.json", "go/*/pulumi-plugin.json"} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, file := range files {
			found, err := plugin.LoadPulumiPluginJSON(file)
			if err != nil || !found.Resource || found.Name == "" {
				continue
			}
			version := found.Version
			if version == "" {
				version = moduleVersion
			}
			return &pulumirpc.PackageDependency{
				Name: found.Name, Kind: "resource", Version: "v" + strings.TrimPrefix(version, "v"), Server: found.Server,
			}
		}
	}
	return nil
}
