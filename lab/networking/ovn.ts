/**
 * OVN: its two databases and northd in the control plane; Open vSwitch and ovn-controller on each host. It answers DHCP itself and
 * filters ports by security groups. Open vSwitch forwards in its own process (the datapath `netdev`): no kernel module is needed.
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { neutronFile, PHYSICAL_NETWORK } from "../config/common.ts";
import { paths } from "../paths.ts";
import { releaseOf } from "../releases/index.ts";
import { python, pythonEnv, UNSYNCED, type Service } from "../service.ts";
import type { Host, Lab } from "../settings.ts";
import { waitFor } from "../wait.ts";
import { NONE, type Networking, type RunOn } from "./networking.ts";

/** Standard ports of the northbound and the southbound database. */
const DATABASES = { nb: 6641, sb: 6642 } as const;
type Database = keyof typeof DATABASES;
const NAMES: readonly Database[] = ["nb", "sb"];

const address = (lab: Lab, name: Database): string => `tcp:${lab.address}:${DATABASES[name]}`;
const file = (lab: Lab, name: Database): string => `${paths(lab).data}/ovn/${name}.db`;
const socket = (lab: Lab, name: Database): string => `${paths(lab).run}/ovn-${name}.sock`;

/** On a host, where Open vSwitch's commands look for it. */
const SWITCH_SOCKET = "unix:/run/openvswitch/db.sock";
const SWITCH_FILE = "/var/lib/openvswitch/conf.db";
/** A host's own folder in the place of that file's. */
const SWITCH_FOLDER = "lib-openvswitch";

export const OVN: Networking = {
  ...NONE,
  neutron: (lab) => ({
    DEFAULT: {
      // Its maintenance worker needs one.
      service_plugins: "ovn-router",
    },
    ml2: {
      type_drivers: "flat,geneve",
      // The second sets ports ACTIVE that Neutron forgot, see lab_up.py.
      mechanism_drivers: "ovn,lab_up",
    },
    // 38: the least header with OVN's options.
    ml2_type_geneve: { vni_ranges: "1:100", max_header_size: 38 },
    ovn: {
      ovn_nb_connection: address(lab, "nb"),
      ovn_sb_connection: address(lab, "sb"),
      ovn_metadata_enabled: false,
    },
    securitygroup: { enable_security_group: true },
  }),
  hostFolders: [SWITCH_FOLDER],
  compute: { os_vif_ovs: { ovsdb_connection: SWITCH_SOCKET } },
  backend: (lab) => [
    ...NAMES.map((name) => database(lab, name)),
    {
      name: "ovn-northd",
      where: "infra",
      command: [
        "ovn-northd",
        ...NAMES.map((name) => `--ovn${name}-db=unix:${socket(lab, name)}`),
        `--unixctl=${paths(lab).run}/ovn-northd.ctl`,
      ],
    },
  ],
  workers: (lab) => {
    const { networking } = releaseOf(lab);
    if (networking.kind !== "ovn") return [];
    const name = "neutron-ovn-maintenance-worker";
    const command = python(networking.maintenance, name, ["--config-file", neutronFile(lab)]);
    return [{ name, where: "infra", env: pythonEnv(lab), command }];
  },
  base: (_, { name }) => [
    { name: `${name}.ovsdb`, where: name, command: ["ovsdb-server", SWITCH_FILE, `--remote=p${SWITCH_SOCKET}`] },
    { name: `${name}.ovs-vswitchd`, where: name, command: ["ovs-vswitchd", SWITCH_SOCKET] },
    { name: `${name}.ovn-controller`, where: name, command: ["ovn-controller", SWITCH_SOCKET] },
  ],
  agentBinaries: ["ovn-controller"],
  startBackend: async (lab, on, start) => {
    mkdirSync(`${paths(lab).data}/ovn`, { recursive: true });
    for (const name of NAMES) {
      if (existsSync(file(lab, name))) continue;
      await on("infra", ["ovsdb-tool", "create", file(lab, name), `/usr/share/ovn/ovn-${name}.ovsschema`]);
    }
    await start(...OVN.backend(lab).map(({ name }) => name));
  },
  startBase: async (lab, on, start) => {
    await Promise.all(
      lab.hostList.map(async (host) => {
        const [ovsdb = "", ...others] = OVN.base(lab, host).map(({ name }) => name);
        // Anew: it knows ports of guests that are gone.
        rmSync(`${paths(lab).host(host.name)}/${SWITCH_FOLDER}/conf.db`, { force: true });
        await on(host.name, ["ovsdb-tool", "create", SWITCH_FILE, "/usr/share/openvswitch/vswitch.ovsschema"]);
        await start(ovsdb);
        await waitFor(
          `Open vSwitch's database on ${host.name}`,
          async () => (await on(host.name, [...VSCTL, "init"])) === "",
          { seconds: 60, hint: `its log: ${paths(lab).log(ovsdb)}` },
        );
        await configureSwitch(lab, host, on);
        await start(...others);
      }),
    );
  },
  portSecurity: true,
};

const database = (lab: Lab, name: Database): Service => ({
  name: `ovn-${name}`,
  where: "infra",
  port: DATABASES[name],
  command: [
    ...[...UNSYNCED, "ovsdb-server", file(lab, name)],
    `--remote=ptcp:${DATABASES[name]}:${lab.address}`,
    `--remote=punix:${socket(lab, name)}`,
    `--unixctl=${paths(lab).run}/ovn-${name}.ctl`,
  ],
});

/** Before ovs-vswitchd runs there is nothing to wait for. */
const VSCTL = ["ovs-vsctl", "--timeout=5", "--no-wait"];

/** Writes all that ovs-vswitchd and ovn-controller start with. */
async function configureSwitch(lab: Lab, host: Host, on: RunOn): Promise<void> {
  const settings = {
    "external-ids": {
      "system-id": host.name,
      // Nova's name of the host: Neutron binds ports by it.
      hostname: host.name,
      "ovn-remote": address(lab, "sb"),
      "ovn-encap-type": "geneve",
      "ovn-encap-ip": host.address,
      "ovn-bridge-mappings": `${PHYSICAL_NETWORK}:br-ex`,
      "ovn-bridge-datapath-type": "netdev",
      "ovn-monitor-all": "true",
    },
    other_config: {
      // Without it nobody computes the checksums that Linux leaves to a veth's or a tap's hardware, and TCP fails.
      "userspace-tso-enable": "true",
      // One thread each is enough; the default is one for each processor.
      "n-handler-threads": "1",
      "n-revalidator-threads": "1",
    },
  };
  const words = Object.entries(settings).flatMap(([column, values]) =>
    Object.entries(values).map(([key, value]) => `${column}:${key}="${value}"`),
  );
  const bridge = (name: string, ...options: string[]): string[] => [
    ...["--", "add-br", name],
    ...["--", "set", "bridge", name, "datapath_type=netdev", ...options],
  ];
  await on(host.name, [
    ...[...VSCTL, "set", "Open_vSwitch", ".", ...words],
    ...bridge("br-int", "fail_mode=secure"),
    ...bridge("br-ex"),
    ...["--", "add-port", "br-ex", "eth1"],
  ]);
}
