package main

import (
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

// resources maps a Terraform resource to "module/TypeName" of the SDK.
var resources = map[string]string{
	"openstack_blockstorage_volume_v3":             "blockstorage/Volume",
	"openstack_blockstorage_volume_attach_v3":      "blockstorage/VolumeAttach",
	"openstack_compute_aggregate_v2":               "compute/AggregateV2",
	"openstack_compute_flavor_v2":                  "compute/Flavor",
	"openstack_compute_floatingip_associate_v2":    "compute/FloatingIpAssociate",
	"openstack_compute_instance_v2":                "compute/Instance",
	"openstack_compute_interface_attach_v2":        "compute/InterfaceAttach",
	"openstack_compute_keypair_v2":                 "compute/Keypair",
	"openstack_compute_servergroup_v2":             "compute/ServerGroup",
	"openstack_compute_volume_attach_v2":           "compute/VolumeAttach",
	"openstack_images_image_v2":                    "images/Image",
	"openstack_networking_floatingip_associate_v2": "networking/FloatingIpAssociate",
	"openstack_networking_floatingip_v2":           "networking/FloatingIp",
	"openstack_networking_network_v2":              "networking/Network",
	"openstack_networking_port_v2":                 "networking/Port",
	"openstack_networking_router_interface_v2":     "networking/RouterInterface",
	"openstack_networking_router_v2":               "networking/Router",
	"openstack_networking_secgroup_rule_v2":        "networking/SecGroupRule",
	"openstack_networking_secgroup_v2":             "networking/SecGroup",
	"openstack_networking_subnet_v2":               "networking/Subnet",
}

// dataSources maps a Terraform data source to "module/getName" of the SDK.
var dataSources = map[string]string{
	"openstack_blockstorage_availability_zones_v3": "blockstorage/getAvailabilityZonesV3",
	"openstack_blockstorage_volume_v3":             "blockstorage/getVolumeV3",
	"openstack_compute_aggregate_v2":               "compute/getAggregateV2",
	"openstack_compute_availability_zones_v2":      "compute/getAvailabilityZones",
	"openstack_compute_flavor_v2":                  "compute/getFlavor",
	"openstack_compute_hypervisor_v2":              "compute/getHypervisorV2",
	"openstack_compute_instance_v2":                "compute/getInstanceV2",
	"openstack_compute_keypair_v2":                 "compute/getKeypair",
	"openstack_images_image_v2":                    "images/getImage",
	"openstack_networking_network_v2":              "networking/getNetwork",
	"openstack_networking_port_v2":                 "networking/getPort",
	"openstack_networking_subnet_v2":               "networking/getSubnet",
}

// fields holds the properties whose names or shapes the SDK does not derive by the usual rules.
var fields = map[string]map[string]*tfbridge.SchemaInfo{
	"openstack_networking_subnet_v2": {
		"allocation_pool":  {Name: "allocationPools"},
		"allocation_pools": {Name: "allocationPoolsCollection"},
	},
	"openstack_compute_servergroup_v2": {
		"policies": {MaxItemsOne: new(bool)}, // a list in the SDK
	},
}

// configFromEnv names the provider settings that default to an OS_* variable.
var configFromEnv = map[string]string{
	"allow_reauth":  "OS_ALLOW_REAUTH",
	"cloud":         "OS_CLOUD",
	"delayed_auth":  "OS_DELAYED_AUTH",
	"endpoint_type": "OS_ENDPOINT_TYPE",
	"insecure":      "OS_INSECURE",
	"region":        "OS_REGION_NAME",
	"swauth":        "OS_SWAUTH",
	"use_octavia":   "OS_USE_OCTAVIA",
}

// token turns "compute/Instance" into "openstack:compute/instance:Instance".
func token(short string) string {
	module, name, found := strings.Cut(short, "/")
	if !found {
		panic("no module in " + short)
	}
	return "openstack:" + module + "/" + strings.ToLower(name[:1]) + name[1:] + ":" + name
}
