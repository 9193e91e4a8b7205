/** Bringing a lab up: the steps and what each waits for. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { makeAccounts } from "./accounts.ts";
import { startCeph } from "./ceph.ts";
import { writeConfigs } from "./config/write.ts";
import { makeSchemas, startMariadb } from "./databases.ts";
import { debianFiles } from "./debian-files.ts";
import { down, isGone, removeDead } from "./down.ts";
import { writeWhole } from "./files.ts";
import { baseImage, guestKey } from "./guest-image.ts";
import { startGuests } from "./guests.ts";
import { giveCephKey, holder, hostReady, prepareHost, readyLibvirt, runOnHost } from "./hosts.ts";
import { hostNamespace, infraNamespace, makeNetwork, ownerOf } from "./network.ts";
import { networkingOf } from "./networking/index.ts";
import type { Start } from "./networking/networking.ts";
import { installedVersions, installPackages, packagesOf } from "./packages.ts";
import { paths } from "./paths.ts";
import { gather, problems } from "./preconditions.ts";
import { networkReady, portsReady, servicesReady } from "./ready.ts";
import { provideQemu, qemuNotice } from "./qemu.ts";
import { Api } from "./rest.ts";
import { loadSecrets } from "./secrets.ts";
import { image, seed } from "./seed.ts";
import { agents, allServices, compute, libvirt } from "./services.ts";
import { LabError } from "./shell.ts";
import { hostsKey, prepareSsh } from "./ssh.ts";
import { choiceFile, type Choice, type Lab } from "./settings.ts";
import { runSteps, seconds, type Step } from "./steps.ts";
import { defineServices, OWNER_VARIABLE, startServices, startSupervisor, supervisorRuns } from "./supervise.ts";
import { releaseOf } from "./releases/index.ts";
import { hasTree, isEnterable, makeRoot } from "./tree/enter.ts";
import { provideTree, treeOf } from "./tree/provide.ts";
import { waitFor } from "./wait.ts";

/**
 * Brings the lab up, from whatever state it is in: nothing there, made before, half-made by a killed run, or up.
 * @throws LabError listing everything the machine lacks, before anything is changed; or naming the step that failed.
 */
export async function up(lab: Lab): Promise<void> {
  const begin = performance.now();
  const dead = await removeDead(lab);
  if (dead !== undefined) console.log(`What a lab that has died left was taken away; its state is still in ${dead}.`);
  const lacking = problems(lab, await gather(lab));
  if (lacking.length > 0)
    throw new LabError(`The lab cannot be brought up on this machine:\n- ${lacking.join("\n- ")}`);
  if (existsSync(paths(lab).upMarker) && supervisorRuns(lab) && isEnterable(lab)) {
    await runSteps(mendSteps(lab));
  } else {
    if (!isGone(lab) || ownerOf(lab) !== undefined) {
      console.log("What a run before this one left is taken down first.");
      await down(lab, {});
    }
    await runSteps(upSteps(lab));
    writeWhole(paths(lab).upMarker, JSON.stringify({ since: new Date().toISOString() }));
  }
  const p = paths(lab);
  console.log(`The lab is up after ${seconds(performance.now() - begin)}: ${lab.hosts.join(", ")}.`);
  console.log(`  export OS_CLIENT_CONFIG_FILE=${p.cloudsFile} OS_CLOUD=lab`);
  if (lab.profile !== "guest") return;
  console.log(`  ssh -i ${p.guestKey} root@${lab.providerNetwork}.x`);
  const notice = qemuNotice(lab);
  if (notice !== undefined) console.log(`  Note: ${notice}`);
}

/** From nothing running to ready. */
export function upSteps(lab: Lab): Step[] {
  const guest = lab.profile === "guest";
  const secrets = (): ReturnType<typeof loadSecrets> => loadSecrets(lab);
  const api = (): Promise<Api> => Api.admin(lab, secrets());
  const only = (steps: Step[]): Step[] => (guest ? steps : []);
  const networking = networkingOf(lab);
  const start = async (...names: string[]): Promise<void> => {
    await startServices(lab, ...names);
    await portsReady(lab, names);
  };
  return [
    hasTree(lab)
      ? { name: "packages", title: `Tree of ${releaseOf(lab).title}`, work: (say) => tree(lab, say) }
      : { name: "packages", title: "Debian packages", work: (say) => packages(lab, say) },
    { name: "network", title: "Namespaces and networks", after: ["packages"], work: () => makeNetwork(lab) },
    { name: "configs", title: "Configuration", after: ["packages"], work: () => configure(lab) },
    {
      name: "supervisor",
      title: "Supervisor",
      after: ["network", "configs"],
      work: async (): Promise<void> => {
        if (hasTree(lab)) await root(lab);
        await startSupervisor(lab, allServices(lab));
      },
    },
    ...only([
      {
        name: "guest-image",
        title: "Guest image",
        after: [hasTree(lab) ? "supervisor" : "packages"],
        work: () => baseImage(lab),
      },
      { name: "ceph", title: "Ceph", after: ["supervisor"], work: (say) => startCeph(lab, say) },
      { name: "qemu", title: "QEMU", after: ["configs"], work: () => provideQemu(lab) },
      { name: "hosts", title: "Hosts with libvirt", after: ["supervisor", "qemu"], work: () => startHosts(lab, start) },
      {
        name: "ceph-key",
        title: "Ceph's key on the hosts",
        after: ["hosts", "ceph"],
        work: async (): Promise<void> => {
          for (const host of lab.hostList) giveCephKey(lab, host);
          await Promise.all(lab.hostList.map((host) => readyLibvirt(lab, host)));
        },
      },
    ]),
    { name: "mariadb", title: "MariaDB", after: ["supervisor"], work: () => startMariadb(lab) },
    {
      name: "backend",
      title: "Network backend",
      after: ["supervisor"],
      work: () => networking.startBackend(lab, (host, argv) => runOnHost(lab, host, argv), start),
    },
    { name: "bus", title: "RabbitMQ and memcached", after: ["supervisor"], work: () => startBus(lab) },
    {
      name: "schemas",
      title: "Databases and Keystone",
      after: ["mariadb"],
      work: (say) => makeSchemas(lab, secrets(), () => start("keystone"), say),
    },
    {
      name: "accounts",
      title: "Accounts and catalog",
      after: ["schemas"],
      work: async (): Promise<void> => {
        await startServices(lab, "placement");
        await makeAccounts(lab, secrets());
      },
    },
    {
      name: "conductor",
      title: "Nova's conductor",
      after: ["accounts", "bus", "backend"],
      work: async (): Promise<void> => {
        await startServices(lab, "nova-conductor", "nova-api", "neutron-server");
        await conductorReady(lab);
      },
    },
    {
      name: "apis",
      title: "Nova, Neutron, Placement",
      after: ["conductor"],
      work: async (): Promise<void> => {
        await startServices(lab, ...networking.workers(lab).map(({ name }) => name));
        await start("nova-scheduler", "nova-api", "neutron-server", "placement");
      },
    },
    {
      name: "storage",
      title: "Glance and Cinder",
      after: ["accounts", "bus", ...(guest ? ["ceph"] : [])],
      work: () => start("glance-api", "cinder-api", "cinder-scheduler", "cinder-volume"),
    },
    {
      name: "computes",
      title: "Computes",
      // One that starts before the conductor or Placement answers loses ten seconds a try.
      after: ["conductor", "apis", ...(guest ? ["ceph-key"] : [])],
      work: () =>
        startServices(
          lab,
          ...lab.hostList.flatMap((host) => [compute(lab, host), ...agents(lab, host)].map(({ name }) => name)),
        ),
    },
    {
      name: "ready",
      title: "All services up",
      after: ["computes", "storage"],
      work: async (say) => servicesReady(lab, await api(), say),
    },
    {
      name: "seed",
      title: "Flavors, network",
      after: ["ready"],
      work: async () => seed(lab, await api()),
    },
    {
      name: "image",
      title: "Guest image in Glance",
      after: ["storage", ...(guest ? ["guest-image"] : [])],
      work: async (): Promise<void> => {
        if (guest) await guestKey(lab);
        await image(lab, await api());
      },
    },
    ...only([
      {
        name: "wired",
        title: "Provider network on every host",
        after: ["seed"],
        work: async () => networkReady(lab, await api()),
      },
      {
        name: "guests",
        title: "Guests that ran before",
        after: ["wired", "image"],
        work: async (say) => startGuests(lab, await api(), say),
      },
    ]),
  ];
}

/** For a lab that is up: whatever is held down or was lost comes back. */
export function mendSteps(lab: Lab): Step[] {
  const api = (): Promise<Api> => Api.admin(lab, loadSecrets(lab));
  const names = allServices(lab).map(({ name }) => name);
  return [
    { name: "network", title: "Namespaces and networks", work: () => makeNetwork(lab) },
    {
      name: "services",
      title: "Services",
      after: ["network"],
      work: async (): Promise<void> => {
        await startServices(lab, ...names);
        await portsReady(lab, names);
      },
    },
    {
      name: "ready",
      title: "All services up",
      after: ["services"],
      work: async (say) => servicesReady(lab, await api(), say),
    },
    {
      name: "seed",
      title: "Flavors, network, image",
      after: ["ready"],
      work: async (): Promise<void> => {
        await seed(lab, await api());
        await image(lab, await api());
        await networkReady(lab, await api());
      },
    },
    {
      name: "guests",
      title: "Guests that were lost",
      after: ["seed"],
      work: async (say) => startGuests(lab, await api(), say),
    },
  ];
}

async function packages(lab: Lab, say: (what: string) => void): Promise<void> {
  const wanted = packagesOf(lab.profile);
  const have = await installedVersions(wanted);
  const lacking = wanted.filter((name) => !have.has(name));
  if (lacking.length > 0) await installPackages(lacking, say);
}

async function tree(lab: Lab, say: (what: string) => void): Promise<void> {
  const { tree: recipe } = releaseOf(lab);
  if (recipe === undefined) return;
  await provideTree(lab, recipe, say, (line) => {
    console.log(`Note: ${line}`);
  });
}

/** The tree as the root of all that the lab runs. */
function root(lab: Lab): Promise<void> {
  const hosts = lab.profile === "guest" ? lab.hosts.map((host) => hostNamespace(lab, host)) : [];
  return makeRoot(lab, treeOf(lab).dir, infraNamespace(lab), hosts, { [OWNER_VARIABLE]: lab.stateDir });
}

async function configure(lab: Lab): Promise<void> {
  mkdirSync(lab.stateDir, { recursive: true, mode: 0o700 });
  const { profile, release, prefix, network, providerNetwork, hosts, zones }: Choice = lab;
  writeWhole(
    choiceFile(lab.stateDir),
    JSON.stringify({ profile, release, prefix, network, providerNetwork, hosts, zones }, undefined, 2),
  );
  writeConfigs(lab, loadSecrets(lab), await debianFiles(lab));
  if (lab.profile === "guest") {
    for (const host of lab.hostList) prepareHost(lab, host);
  }
  rmSync(paths(lab).services, { recursive: true, force: true });
  defineServices(lab, allServices(lab));
}

/** Its state is thrown away: all of it is about connections that no longer are. */
async function startBus(lab: Lab): Promise<void> {
  rmSync(`${paths(lab).data}/rabbitmq`, { recursive: true, force: true });
  mkdirSync(`${paths(lab).data}/rabbitmq`, { recursive: true });
  await startServices(lab, "memcached", "epmd", "rabbitmq");
  await portsReady(lab, ["memcached", "rabbitmq"]);
}

async function startHosts(lab: Lab, start: Start): Promise<void> {
  await hostsKey(lab);
  for (const host of lab.hostList) await prepareSsh(lab, host);
  await startServices(lab, ...lab.hosts.map(holder));
  for (const host of lab.hostList)
    await waitFor(`namespaces of ${host.name}`, () => hostReady(lab, host), {
      seconds: 120,
      hint: `its log: ${paths(lab).log(holder(host.name))}`,
    });
  await startServices(lab, ...lab.hostList.map((host) => libvirt(lab, host).name));
  await networkingOf(lab).startBase(lab, (host, argv) => runOnHost(lab, host, argv), start);
}

/** It says so in its log; nothing else tells when it begins to answer. */
async function conductorReady(lab: Lab): Promise<void> {
  const log = paths(lab).log("nova-conductor");
  await waitFor(
    "nova-conductor",
    () => existsSync(log) && readFileSync(log, "utf8").includes("Starting conductor node"),
    {
      seconds: 180,
      hint: `its log: ${log}`,
    },
  );
}
