/** A compute host in maintenance, and a server of this program that is declared on it. */
import * as pulumi from "@pulumi/pulumi";
import { HostMaintenance, LiveMigration } from "../../components/index.ts";

const config = new pulumi.Config();
const host = config.require("host");
/** Empty: no maintenance. Removing it ends the maintenance: the host is enabled, and its servers come home. */
const reason = config.get("reason") ?? "";

// A server that exists. During the maintenance it stays declared here, and is reported as away.
const move = new LiveMigration("vm01", { serverId: config.require("serverId"), host });

const maintenance =
  reason === ""
    ? undefined
    : new HostMaintenance(
        "maintenance",
        { hosts: { [host]: { reason, stopped: "leave" } } },
        // The program's own moves are made first.
        { dependsOn: move },
      );

/** "empty": proven so. What depends on `maintenance`, such as a reboot, is run only then. */
export const state = maintenance?.hosts.apply((hosts) => hosts[host]?.state);
