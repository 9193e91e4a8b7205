// pulumi-resource-openstack serves the part of npm's @pulumi/openstack 3.x that
// this project uses, where the vendor's plugin cannot be downloaded. It is the
// same Terraform provider behind the same bridge, so the vendor's plugin finds
// every resource unchanged on a state that this one wrote.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/openstack"
)

// version must be that of npm's @pulumi/openstack: the engine asks for it. Set when linked.
var version = "0.0.0-dev"

func provider() tfbridge.ProviderInfo {
	terraform := openstack.Provider()
	// Its notice of an old load balancer shows in each and every run, whether load balancers are used or not.
	terraform.Schema["use_octavia"].Deprecated = ""
	info := tfbridge.ProviderInfo{
		P:           shim.NewProvider(terraform),
		Name:        "openstack",
		Version:     version,
		Resources:   map[string]*tfbridge.ResourceInfo{},
		DataSources: map[string]*tfbridge.DataSourceInfo{},
		Config:      map[string]*tfbridge.SchemaInfo{},
	}
	for name, short := range resources {
		info.Resources[name] = &tfbridge.ResourceInfo{Tok: tokens.Type(token(short)), Fields: fields[name]}
	}
	for name, short := range dataSources {
		info.DataSources[name] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(token(short))}
	}
	for setting, variable := range configFromEnv {
		info.Config[setting] = &tfbridge.SchemaInfo{Default: &tfbridge.DefaultInfo{EnvVars: []string{variable}}}
	}
	info.SetAutonaming(255, "-") // the SDK leaves an unset name to the provider
	return info
}

func main() {
	// The engine asks a provider for its schema only to generate code, which is not done here.
	tfbridge.Main("openstack", version, provider(), []byte(`{"name":"openstack","version":"`+version+`"}`))
}
