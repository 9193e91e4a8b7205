package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// requiredPackages lists the plugins that the direct dependencies of the nearest package.json ask for, by name.
// A dependency that is not installed asks for nothing: the runner says so better.
func requiredPackages(dir string) []*pulumirpc.PackageDependency {
	var program struct{ Dependencies map[string]string }
	for readJSON(filepath.Join(dir, "package.json"), &program) != nil {
		up := filepath.Dir(dir)
		if up == dir {
			return nil
		}
		dir = up
	}
	var packages []*pulumirpc.PackageDependency
	for name := range program.Dependencies {
		if found := plugin(filepath.Join(dir, "node_modules", name), name); found != nil {
			packages = append(packages, found)
		}
	}
	sort.Slice(packages, func(i, j int) bool { return packages[i].Name < packages[j].Name })
	return packages
}

// plugin reads the `pulumi` section of one installed package; nil where it names no plugin.
func plugin(dir, npmName string) *pulumirpc.PackageDependency {
	var manifest struct {
		Version string
		Pulumi  struct {
			Resource              bool
			Name, Version, Server string
		}
	}
	if readJSON(filepath.Join(dir, "package.json"), &manifest) != nil || !manifest.Pulumi.Resource {
		return nil
	}
	version, name := manifest.Pulumi.Version, manifest.Pulumi.Name
	if version == "" {
		version = manifest.Version
	}
	if name == "" {
		name = filepath.Base(npmName)
	}
	return &pulumirpc.PackageDependency{
		Name: name, Kind: "resource", Version: "v" + strings.TrimPrefix(version, "v"), Server: manifest.Pulumi.Server,
	}
}

// installVerb is npm's: `ci` where a lock file says what to install.
func installVerb(dir string) string {
	if _, err := os.Stat(filepath.Join(dir, "package-lock.json")); err == nil {
		return "ci"
	}
	return "install"
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
