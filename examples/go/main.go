// A server that boots from a volume, and its place, which `pulumi up` moves it to while it runs.
package main

import (
	lm "example.com/pulumi-openstack-live-migration/sdk/go/openstacklivemigration"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		settings := config.New(ctx, "")
		host := settings.Require("host")
		server, err := lm.NewVolumeBackedServer(ctx, "go_vm01", &lm.VolumeBackedServerArgs{
			Host:       pulumi.String(host),
			Flavor:     pulumi.String(settings.Require("flavor")),
			Networks:   []lm.NetworkArgsArgs{{Name: pulumi.String(settings.Require("network"))}},
			BootVolume: lm.BootVolumeArgsArgs{Image: pulumi.String(settings.Require("image")), SizeGiB: pulumi.Float64(1)},
		})
		if err != nil {
			return err
		}
		move, err := lm.NewLiveMigration(ctx, "go_vm01", &lm.LiveMigrationArgs{
			ServerId:  server.ServerId,
			VolumeIds: server.VolumeIds,
			Host:      pulumi.String(host),
		})
		if err != nil {
			return err
		}
		// It never changes.
		ctx.Export("serverId", server.ServerId)
		// Where the server runs, as verified.
		ctx.Export("runsOn", pulumi.Map{"host": move.Host, "availabilityZone": move.AvailabilityZone})
		return nil
	})
}
