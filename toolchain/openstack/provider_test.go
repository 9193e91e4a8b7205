package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
)

// sdk is npm's @pulumi/openstack, whose promises this plugin has to keep. `npm ci` brings it.
const sdk = "../../node_modules/@pulumi/openstack"

// declaration is the SDK's own text on a token's resource or function.
func declaration(t *testing.T, short, extension string) string {
	t.Helper()
	module, name, _ := strings.Cut(short, "/")
	text, err := os.ReadFile(filepath.Join(sdk, module, strings.ToLower(name[:1])+name[1:]+extension))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTokensAreTheSDKs(t *testing.T) {
	for _, table := range []map[string]string{resources, dataSources} {
		for terraform, short := range table {
			if !strings.Contains(declaration(t, short, ".js"), `"`+token(short)+`"`) &&
				!strings.Contains(declaration(t, short, ".js"), `'`+token(short)+`'`) {
				t.Errorf("%s: the SDK has no %s", terraform, token(short))
			}
		}
	}
}

func TestPropertiesAreTheSDKs(t *testing.T) {
	info := provider()
	for terraform, short := range resources {
		schema := info.P.ResourcesMap().Get(terraform).Schema()
		compare(t, terraform, schema, info.Resources[terraform].Fields, declaration(t, short, ".d.ts"))
	}
	for terraform, short := range dataSources {
		schema := info.P.DataSourcesMap().Get(terraform).Schema()
		compare(t, terraform, schema, nil, declaration(t, short, ".d.ts"))
	}
}

// compare looks for each property in the SDK's declaration, with an array type where the plugin sends a list.
func compare(t *testing.T, terraform string, schema shim.SchemaMap, infos map[string]*tfbridge.SchemaInfo, declared string) {
	t.Helper()
	schema.Range(func(key string, value shim.Schema) bool {
		name := tfbridge.TerraformToPulumiNameV2(key, schema, infos)
		member := regexp.MustCompile(`(?ms)^ {4}(?:readonly )?` + name + `\??: (.*?);\n(?:\}| {4}[^}\s])`)
		types := member.FindAllStringSubmatch(declared, -1)
		if types == nil {
			t.Errorf("%s: the SDK has no property %s (%s)", terraform, name, key)
			return true
		}
		list := value.Type() == shim.TypeList || value.Type() == shim.TypeSet
		one := list && tfbridge.IsMaxItemsOne(value, infos[key])
		for _, found := range types {
			if array := strings.Contains(found[1], "[]"); array != (list && !one) {
				t.Errorf("%s: %s is %q in the SDK", terraform, name, found[1])
			}
		}
		return true
	})
}

func TestProviderIsValid(t *testing.T) {
	if err := provider().P.InternalValidate(); err != nil {
		t.Error(err)
	}
}
