import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { configFiles } from "../../../lab/config/write.ts";
import { RELEASE_NAMES, RELEASES } from "../../../lab/releases/index.ts";
import type { Secrets } from "../../../lab/secrets.ts";
import { allServices, runScript } from "../../../lab/services.ts";
import { choose, describe as describeLab } from "../../../lab/settings.ts";

const secrets = new Proxy({}, { get: () => "pw" }) as Secrets;
const labOf = (release: string) => describeLab(choose("fleet", { LAB_RELEASE: release }), "/f", {});
const commandOf = (release: string, name: string) =>
  allServices(labOf(release))
    .find((service) => service.name === name)
    ?.command.join(" ");

describe("a release of the lab", () => {
  it("is Zed unless another is chosen", () => {
    expect(choose("fleet", {}).release).toBe("zed");
    expect(choose("guest", {}).release).toBe("zed");
    expect(choose("fleet", {}, { release: "epoxy" }).release).toBe("epoxy");
  });

  it("is refused by name when there is none such", () => {
    expect(() => choose("fleet", { LAB_RELEASE: "yoga" })).toThrow(/LAB_RELEASE: /);
  });

  it.each(RELEASE_NAMES)("%s runs the same services", (release) => {
    const names = (of: string) => allServices(labOf(of)).map(({ name }) => name);
    expect(names(release)).toEqual(names("zed"));
  });

  it("starts each API by the entry point that the release has", () => {
    expect(commandOf("zed", "nova-api")).toContain("nova-api nova.cmd.api_os_compute");
    expect(commandOf("epoxy", "nova-api")).toContain("--module nova.wsgi.osapi_compute:application");
    expect(commandOf("zed", "keystone")).toContain("--wsgi-file /usr/bin/keystone-wsgi-public");
    expect(commandOf("epoxy", "glance-api")).toContain("glance-api glance.cmd.api");
    expect(commandOf("2026.2", "glance-api")).toContain("--module glance.wsgi.api:application");
    expect(commandOf("epoxy", "cinder-api")).toContain("--pyargv --config-file /f/config/cinder/cinder.conf");
  });

  it("waits for an answer, not a port, where uwsgi listens before the module has loaded", () => {
    const late = (release: string) => allServices(labOf(release)).filter(({ answersLate }) => answersLate);
    expect(late("zed")).toEqual([]);
    expect(late("2026.2").map(({ name }) => name)).toContain("nova-api");
  });

  it("runs in its tree's namespaces, or beside the machine's own packages", () => {
    const scriptOf = (release: string) => {
      const lab = labOf(release);
      return runScript(lab, allServices(lab).find(({ name }) => name === "nova-conductor") ?? expect.fail());
    };
    expect(scriptOf("zed")).toContain("ip netns exec fleet-infra /usr/bin/python3");
    expect(scriptOf("epoxy")).not.toContain("netns");
  });

  it("has one configuration; only MariaDB's name of a character set differs", () => {
    const files = (release: string) =>
      JSON.stringify(configFiles(labOf(release), secrets)).replaceAll("utf8mb3", "utf8");
    for (const release of RELEASE_NAMES) expect(files(release)).toBe(files("zed"));
  });

  it.each(RELEASE_NAMES)("%s stands in the documentation as it is", (name) => {
    const { title, computeApi, tree, profiles } = RELEASES[name];
    const rows = readFileSync("docs/lab.md", "utf8").split("\n");
    const cells = rows
      .find((line) => line.startsWith(`| \`${name}\``))
      ?.split("|")
      .map((cell) => cell.trim());
    expect(cells?.slice(2, 6)).toEqual([title, computeApi, tree?.suite ?? "bookworm", profiles.join(", ")]);
  });

  it("needs a tree of its own, but for Zed", () => {
    expect(Object.values(RELEASES).filter(({ tree }) => tree === undefined)).toEqual([RELEASES.zed]);
  });
});
