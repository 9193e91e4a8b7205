import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeFinding } from "../../../../migration/plan/finding.ts";
import { cpuFindings } from "../../../../migration/plan/hypervisor.ts";
import { flavorResources } from "../../../../migration/cloud/flavor-resources.ts";
import { plan } from "../../../../migration/plan/plan.ts";
import { known, unknown, type ServerFacts, type Snapshot } from "../../../../migration/cloud/snapshot.ts";
import { BOOT, DATA, host, PORT, request, server, snapshot, volume } from "../../../support/engine/samples.ts";
import type { Microversion } from "../../../../openstack/http/microversion.ts";

type Specs = ServerFacts["flavor"]["extraSpecs"];
/** Newest compute API of Yoga, Zed, 2024.2, 2025.2, 2026.1 and 2026.2. */
const RELEASES = ["2.90", "2.93", "2.96", "2.100", "2.103", "2.104"] as const;

interface Has {
  specs?: Specs;
  /** Of the boot volume's image. */
  image?: Record<string, string>;
  vnicType?: string;
  shares?: string[];
  max?: Microversion;
}

const withFlavor = (extraSpecs: Specs): ServerFacts => server({ flavor: { ...server().flavor, extraSpecs } });

function has({ specs = {}, image, vnicType, shares, max = "2.96" }: Has): Snapshot {
  return snapshot({
    microversions: { min: "2.1", max },
    server: withFlavor(specs),
    volumes: known([volume(BOOT, "node-28", image && { imageProperties: image }), volume(DATA, "node-28")]),
    ports: known([{ id: PORT, host: "node-28", status: "ACTIVE", ...(vnicType !== undefined && { vnicType }) }]),
    ...(shares && { shares: known(shares) }),
  });
}

const codesOf = (facts: Snapshot) => plan(request(), facts).findings.map(({ code }) => code);

const REFUSED: [what: string, code: string, value: string, Has][] = [
  ["a vTPM of the flavor", "live-vtpm", "hw:tpm_version=2.0 of its flavor", { specs: { "hw:tpm_version": "2.0" } }],
  [
    "a vTPM of the boot volume's image",
    "live-vtpm",
    `hw_tpm_version=1.2 of its boot volume ${BOOT}`,
    { image: { hw_tpm_version: "1.2" } },
  ],
  [
    "a vTPM whose secret the host keeps, before 2026.1",
    "live-vtpm",
    "hw:tpm_version=2.0 of its flavor",
    { specs: { "hw:tpm_version": "2.0", "hw:tpm_secret_security": "host" }, max: "2.100" },
  ],
  [
    "a vTPM whose secret the user keeps, on 2026.1",
    "live-vtpm",
    "hw:tpm_version=2.0 of its flavor",
    { specs: { "hw:tpm_version": "2.0", "hw:tpm_secret_security": "user" }, max: "2.103" },
  ],
  [
    "memory encryption of the flavor",
    "live-memory-encryption",
    "hw:mem_encryption=True of its flavor",
    { specs: { "hw:mem_encryption": "True" } },
  ],
  [
    "memory encryption of the image",
    "live-memory-encryption",
    `hw_mem_encryption=yes of its boot volume ${BOOT}`,
    { image: { hw_mem_encryption: "yes" } },
  ],
  [
    "an accelerator",
    "live-accelerator",
    "accel:device_profile=fpga of its flavor",
    { specs: { "accel:device_profile": "fpga" } },
  ],
  [
    "an accelerator's port",
    "live-accelerator",
    `port ${PORT} (accelerator-direct)`,
    { vnicType: "accelerator-direct", max: "2.104" },
  ],
  [
    "a PCI device of the flavor, before 2025.1",
    "live-pci-device",
    "pci_passthrough:alias=gpu:1 of its flavor",
    { specs: { "pci_passthrough:alias": "gpu:1" } },
  ],
  ["a vDPA port, before Zed", "live-vdpa", `port ${PORT} (vdpa)`, { vnicType: "vdpa", max: "2.90" }],
  ["a Manila share", "live-share", "share-1, share-2", { shares: ["share-1", "share-2"], max: "2.100" }],
];

describe("what Nova refuses to live-migrate", () => {
  it.each(REFUSED)("refuses %s: %s at %s", (_, code, value, facts) => {
    const decided = plan(request(), has(facts));
    expect(decided.action).toBe("refuse");
    const found = decided.findings.filter(({ severity }) => severity === "blocker");
    expect(found).toMatchObject([{ code, value, path: "server" }]);
    expect(found.map(({ problem, fix }) => [problem, fix])).toMatchSnapshot();
  });

  it.each<[what: string, Has]>([
    [
      "a vTPM whose secret the host keeps, on 2026.1",
      { specs: { "hw:tpm_version": "2.0", "hw:tpm_secret_security": "host" }, max: "2.103" },
    ],
    ["a TPM model without a version: Nova makes no TPM of it", { specs: { "hw:tpm_model": "tpm-crb" } }],
    [
      "memory encryption that is switched off",
      { specs: { "hw:mem_encryption": "false" }, image: { hw_mem_encryption: "0" } },
    ],
    ["no shares", { shares: [], max: "2.100" }],
    ["an ordinary port", { vnicType: "normal" }],
    ["other properties", { specs: { "aggregate:ssd": "true" }, image: { os_distro: "debian", hw_disk_bus: "virtio" } }],
  ])("lets a server with %s go", (_, facts) => {
    expect(codesOf(has(facts))).toEqual([]);
  });

  it.each<[what: string, code: string, Has]>([
    [
      "a PCI device that its host may have marked as migratable",
      "numa-or-pci",
      { specs: { "pci_passthrough:alias": "gpu:1" }, max: "2.100" },
    ],
    ["an SR-IOV port", "device-port", { vnicType: "direct" }],
    ["a vDPA port from Zed on", "device-port", { vnicType: "vdpa", max: "2.93" }],
  ])("warns of %s", (_, code, facts) => {
    const decided = plan(request(), has(facts));
    expect(decided.action).toBe("migrate");
    expect(decided.findings.map((found) => found.code)).toEqual([code]);
  });

  it.each([
    ...["resources:VGPU", "resources1:VGPU", "resources_gpu-A:VGPU", "resources2:PGPU", "resources:PCPU"],
    ...["resources:CUSTOM_FPGA", "resources3:SRIOV_NET_VF", "resources:FPGA", "resources1:PCI_DEVICE"],
    ...["hw:cpu_dedicated_mask", "hw:cpu_policy", "hw:numa_nodes", "hw:mem_page_size"],
    ...["hw:cpu_realtime_mask", "hw:pmem", "pci_passthrough:alias"],
  ])("warns of %s in the flavor, and does not compute the server's resources from it", (spec) => {
    const facts = has({ specs: { [spec]: "1" }, max: "2.100" });
    expect(plan(request(), facts).findings).toMatchObject([{ code: "numa-or-pci", severity: "warning", value: spec }]);
    expect(flavorResources(facts.server.flavor, null)).toMatchObject({ known: false });
  });

  it.each(["resources:VCPU", "resources1:MEMORY_MB", "resources:DISK_GB"])(
    "does not warn of %s, which every host has, and does not compute the server's resources from the flavor",
    (spec) => {
      const facts = has({ specs: { [spec]: "1" } });
      expect(codesOf(facts)).toEqual([]);
      expect(flavorResources(facts.server.flavor, null)).toMatchObject({ known: false });
    },
  );

  it.each([
    "hw:watchdog_action",
    "trait:CUSTOM_SSD",
    "trait1:HW_GPU_API_VULKAN",
    "resourceful:thing",
    "quota:cpu_shares",
  ])("does not warn of %s", (spec) => {
    expect(codesOf(has({ specs: { [spec]: "1" } }))).toEqual([]);
  });

  it("warns where the flavor's extra specs are not visible, and refuses nothing for it", () => {
    const decided = plan(request(), snapshot({ server: withFlavor(undefined) }));
    expect([decided.action, decided.findings.map(({ code }) => code)]).toEqual(["migrate", ["specs-hidden"]]);
  });

  it("refuses nothing because ports, volumes, shares or bindings are not visible", () => {
    const hidden = unknown("not for you");
    const facts = { ...has({}), ports: hidden, volumes: hidden, shares: hidden, bindings: hidden };
    expect(codesOf(facts)).toEqual(["volumes-not-visible"]);
  });

  describe("judges by the boot volume alone", () => {
    const tpm = { imageProperties: { hw_tpm_version: "2.0" } };
    const booted = (rootDevice: string | undefined, devices: [string | null, string | null]) => {
      const [boot, data] = devices;
      return snapshot({
        server: server({
          volumes: [
            { id: BOOT, device: boot },
            { id: DATA, device: data },
          ],
          ...(rootDevice !== undefined && { rootDevice }),
        }),
        volumes: known([volume(BOOT, "node-28"), volume(DATA, "node-28", tpm)]),
      });
    };

    it.each([
      ["by the root device", "/dev/vda", ["/dev/vda", "/dev/vdb"], false],
      ["whatever the root device is called", "/dev/vdb", ["/dev/vda", "/dev/vdb"], true],
      ["by its usual name where the root device is not visible", undefined, ["/dev/vda", "/dev/vdb"], false],
      ["and guesses no other", undefined, [null, null], false],
      ["and takes no other for it", "/dev/xvda", ["/dev/vda", "/dev/vdb"], false],
    ] as [string, string | undefined, [string | null, string | null], boolean][])("%s", (_, root, devices, refused) => {
      expect(codesOf(booted(root, devices)).includes("live-vtpm")).toBe(refused);
    });
  });

  it("refuses to force the move of a server that holds resources of several providers, and only that", () => {
    const pinned = server({ pin: { known: true, zone: "nova" } });
    const forced = plan(request({ azPin: "force" }), snapshot({ server: pinned, providers: 2 }));
    expect(forced.action).toBe("refuse");
    expect(forced.findings.map(({ code }) => code)).toEqual(["force-keeps-pin", "force-spread"]);
    expect(codesOf(snapshot({ providers: 2 }))).toEqual([]);
    expect(plan(request({ azPin: "force" }), snapshot({ server: pinned })).action).toBe("migrate");
  });

  const MARKERS: { code: string; marks: Has; when?: (max: Microversion) => boolean }[] = [
    { code: "live-vtpm", marks: { specs: { "hw:tpm_version": "2.0" } } },
    { code: "live-vtpm", marks: { image: { hw_tpm_version: "2.0" } } },
    { code: "live-memory-encryption", marks: { specs: { "hw:mem_encryption": "true" } } },
    { code: "live-memory-encryption", marks: { image: { hw_mem_encryption: "true" } } },
    { code: "live-accelerator", marks: { specs: { "accel:device_profile": "p" } } },
    { code: "live-accelerator", marks: { vnicType: "accelerator-direct-physical" } },
    {
      code: "live-pci-device",
      marks: { specs: { "pci_passthrough:alias": "a:1" } },
      when: (max) => ["2.90", "2.93", "2.96"].includes(max),
    },
    { code: "live-vdpa", marks: { vnicType: "vdpa" }, when: (max) => max === "2.90" },
    { code: "live-share", marks: { shares: ["s"] } },
  ];
  const harmless = fc.dictionary(
    fc.constantFrom("hw:cpu_policy", "hw:tpm_model", "hw:mem_page_size", "quota:x", "trait:T", "resources:VGPU", "tpm"),
    fc.string(),
  );

  it("blocks by what is there, and never by what is not", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...RELEASES),
        fc.subarray(MARKERS.filter(({ marks }) => marks.vnicType === undefined)),
        fc.option(fc.constantFrom(...MARKERS.filter(({ marks }) => marks.vnicType !== undefined)), { nil: undefined }),
        harmless,
        fc.constantFrom(undefined, "normal", "direct", "macvtap", "smart-nic"),
        (max, marked, port, other, vnicType) => {
          const all = port ? [...marked, port] : marked;
          const of = <T extends object>(part: (marks: Has) => T | undefined) =>
            Object.assign({}, ...all.map(({ marks }) => part(marks) ?? {})) as T;
          const kind = port?.marks.vnicType ?? vnicType;
          const facts = has({
            specs: { ...other, ...of(({ specs }) => specs) },
            image: of(({ image }) => image),
            ...(kind !== undefined && { vnicType: kind }),
            shares: all.flatMap(({ marks }) => marks.shares ?? []),
            max,
          });
          const blockers = plan(request(), facts).findings.filter(({ severity }) => severity === "blocker");
          const expected = all.filter(({ when }) => when?.(max) ?? true).map(({ code }) => code);
          expect(new Set(blockers.map(({ code }) => code))).toEqual(new Set(expected));
        },
      ),
    );
  });
});

describe("a leftover binding of a port", () => {
  const left = (host: string, url = `https://net.example:9696/v2.0/ports/${PORT}/bindings/${host}`) =>
    snapshot({ bindings: known([{ portId: PORT, host, url }]) });

  it("to the destination stops the move, and the request that removes it is reported", () => {
    const [found, ...rest] = plan(request(), left("node-31")).findings;
    expect(rest).toEqual([]);
    expect(found).toMatchObject({ code: "leftover-binding", severity: "blocker", transient: true });
    expect(found && describeFinding(found)).toContain(
      'curl -X DELETE -H "X-Auth-Token: $(openstack token issue -f value -c id)" ' +
        `https://net.example:9696/v2.0/ports/${PORT}/bindings/node-31\``,
    );
  });

  it("to another host does not matter", () => {
    expect(codesOf(left("node-27"))).toEqual([]);
  });

  it("is quoted for the shell", () => {
    expect(plan(request(), left("node-31", "https://x/'$(id)'")).findings[0]?.fix).toContain(
      String.raw`'https://x/'\''$(id)'\'''`,
    );
  });

  it("may go by itself when a migration has just ended", () => {
    const facts = left("node-31");
    const ended = new Date(facts.takenAt - 1_000).toISOString();
    const decided = plan(request(), {
      ...facts,
      migrations: known([
        {
          id: 7,
          uuid: null,
          status: "failed",
          sourceCompute: "node-28",
          destCompute: "node-31",
          createdAt: ended,
          updatedAt: ended,
        },
      ]),
    });
    expect(decided.action).toBe("look-again");
  });
});

describe("CPUs", () => {
  const cpu = (vendor: string, ...features: string[]) => {
    const facts = host("node-28", "nova");
    return { ...facts, hypervisor: facts.hypervisor && { ...facts.hypervisor, cpu: { vendor, features } } };
  };

  it.each([
    ["the same", cpu("Intel", "sse"), cpu("Intel", "sse"), undefined],
    ["more than enough", cpu("Intel", "sse"), cpu("Intel", "avx", "sse"), undefined],
    ["too little", cpu("Intel", "sse", "avx", "amx"), cpu("Intel", "sse"), "avx, amx"],
    ["another vendor's", cpu("Intel", "sse"), cpu("AMD", "sse"), "Intel → AMD"],
    ["not visible", host("node-28", "nova"), cpu("Intel"), undefined],
  ])("%s", (_, source, destination, lacking) => {
    const found = cpuFindings(source, destination);
    expect(found).toMatchObject(lacking === undefined ? [] : [{ code: "cpu-differs", value: lacking }]);
    expect(found).toHaveLength(lacking === undefined ? 0 : 1);
  });
});
