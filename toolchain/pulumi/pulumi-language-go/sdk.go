package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	codegen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// GeneratePackage writes the Go SDK of a plugin's schema, by the vendor's own generator.
func (h *host) GeneratePackage(_ context.Context, req *pulumirpc.GeneratePackageRequest) (*pulumirpc.GeneratePackageResponse, error) {
	if len(req.GetExtraFiles()) > 0 {
		return nil, errors.New("overlays are not supported for Go")
	}
	loader, err := schema.NewLoaderClient(req.GetLoaderTarget())
	if err != nil {
		return nil, err
	}
	defer loader.Close() //nolint:errcheck // the engine may be gone
	var spec schema.PackageSpec
	if err := json.Unmarshal([]byte(req.GetSchema()), &spec); err != nil {
		return nil, err
	}
	bound, found, err := schema.BindSpec(spec, schema.NewCachedLoader(loader), schema.ValidationOptions{AllowDanglingReferences: true})
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GeneratePackageResponse{Diagnostics: plugin.HclDiagnosticsToRPCDiagnostics(found)}
	if found.HasErrors() {
		return response, nil
	}
	files, err := codegen.GeneratePackage("pulumi-language-go", bound, req.GetLocalDependencies())
	if err != nil {
		return nil, err
	}
	for name, text := range files {
		path := filepath.Join(req.GetDirectory(), name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return nil, err
		}
	}
	return response, nil
}

// Link makes the program's go.mod find SDKs in their folders.
func (h *host) Link(ctx context.Context, req *pulumirpc.LinkRequest) (*pulumirpc.LinkResponse, error) {
	dir := req.GetInfo().GetProgramDirectory()
	var imports []string
	for _, linked := range req.GetPackages() {
		path, err := modulePath(filepath.Join(dir, linked.GetPath(), "go.mod"))
		if err != nil {
			return nil, err
		}
		edit := exec.CommandContext(ctx, "go", "mod", "edit", "-replace="+path+"=./"+strings.TrimPrefix(linked.GetPath(), "./"))
		edit.Dir = dir
		if said, err := edit.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go mod edit in %s: %w\n%s", dir, err, said)
		}
		// A package of an SDK has a pulumi-plugin.json beside its code.
		plugins, _ := filepath.Glob(filepath.Join(dir, linked.GetPath(), "*", "pulumi-plugin.json"))
		for _, file := range plugins {
			imports = append(imports, fmt.Sprintf("  import %q\n", path+"/"+filepath.Base(filepath.Dir(file))))
		}
	}
	return &pulumirpc.LinkResponse{ImportInstructions: "You can import in your Go code:\n\n" + strings.Join(imports, "")}, nil
}

// modulePath is the name that a go.mod gives its module.
func modulePath(goMod string) (string, error) {
	text, err := os.ReadFile(goMod)
	if err != nil {
		return "", err
	}
	for _, line := range strings.Split(string(text), "\n") {
		if name, found := strings.CutPrefix(strings.TrimSpace(line), "module "); found {
			return strings.TrimSpace(name), nil
		}
	}
	return "", fmt.Errorf("%s names no module", goMod)
}
