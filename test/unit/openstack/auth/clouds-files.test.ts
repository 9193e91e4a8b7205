import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadCloudConfig } from "../../../../openstack/auth/clouds-config.ts";

describe("files", () => {
  const directory = mkdtempSync(join(tmpdir(), "clouds-"));
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };

  it("are read as YAML", async () => {
    const path = write("clouds.yaml", `clouds:\n  prod:\n    auth: {auth_url: http://k, username: u, password: p}\n`);
    const config = await loadCloudConfig({ cloud: "prod" }, { HOME: directory, OS_CLIENT_CONFIG_FILE: path });
    expect(config).toMatchObject({ name: "prod", source: path, authUrl: "http://k/v3" });
  });

  it("keep digits as text, as the openstack client does, and refuse what clients read differently", async () => {
    const load = async (name: string, text: string) => {
      const env = { HOME: directory, OS_CLIENT_CONFIG_FILE: write(name, text) };
      return await loadCloudConfig({ cloud: "prod" }, env);
    };
    const yaml = (value: string) =>
      `clouds: {prod: {auth: {auth_url: http://k, username: u, password: p, project_name: ${value}}}}\n`;
    const json = (value: string) =>
      `{"clouds": {"prod": {"auth": {"auth_url": "http://k", "username": "u", "password": "p", "project_name": ${value}}}}}`;
    for (const kept of [
      "0089",
      "12e4",
      "12345678901234567890123e45678901",
      "98765432109876543210",
      "1.5",
      "0o17",
      "1e5",
    ]) {
      const { auth: read } = await load("digits.yaml", yaml(kept));
      expect(read).toMatchObject({ scope: { project: { name: kept } } });
    }
    const { auth: read } = await load("digits.json", json("98765432109876543210"));
    expect(read).toMatchObject({ scope: { project: { name: "98765432109876543210" } } });
    for (const refused of ["0001", "0x1F", "1_000", "1.50", "1:30", "yes", "{{ name }}", "[a]"]) {
      await expect(load("refused.yaml", yaml(refused))).rejects.toThrow(
        /project_name.*not as text\. Fix: put the value in quotes/,
      );
      const { auth: fixed } = await load("fixed.yaml", yaml(`"${refused}"`));
      expect(fixed).toMatchObject({ scope: { project: { name: refused } } });
    }
    await expect(load("refused.json", json("1.50"))).rejects.toThrow("is read as a number, not as text");
    const secret = yaml("p").replace("password: p", "password: 0123");
    await expect(load("secret.yaml", secret)).rejects.toThrow(/auth.password: is read as a number, not as text/);
  });

  it("with a tag that is not plain YAML are refused, for its text would be sent as a password", async () => {
    const env = { HOME: directory, OS_CLIENT_CONFIG_FILE: write("vault.yaml", "clouds: {prod: {password: !vault x}}") };
    await expect(loadCloudConfig({}, env)).rejects.toThrow("a tag such as !vault");
  });

  it("may have a setting twice, of which the last counts", async () => {
    const text = "clouds: {prod: {auth: {auth_url: http://a, auth_url: http://b, username: u, password: p}}}";
    const env = { HOME: directory, OS_CLIENT_CONFIG_FILE: write("twice.yaml", text) };
    expect((await loadCloudConfig({}, env)).authUrl).toBe("http://b/v3");
  });

  it("may say once what several clouds have in common, by anchors and merge keys", async () => {
    const text = [
      "common: &common",
      "  auth: &auth {auth_url: http://k, username: u, password: p, project_name: one}",
      "clouds:",
      "  prod: {<<: *common}",
      "  other:",
      "    <<: *common",
      "    auth: {<<: *auth, project_name: two}",
      "    region_name: B",
    ];
    const env = { HOME: directory, OS_CLIENT_CONFIG_FILE: write("merged.yaml", text.join("\n")) };
    const authOf = (project: string) => ({ scope: { project: { name: project } } });
    expect(await loadCloudConfig({ cloud: "prod" }, env)).toMatchObject({
      authUrl: "http://k/v3",
      auth: authOf("one"),
    });
    expect(await loadCloudConfig({ cloud: "other" }, env)).toMatchObject({ region: "B", auth: authOf("two") });
  });

  it("that are broken are named with the line, and not quoted", async () => {
    const path = write("broken.yaml", `clouds:\n  prod:\n    auth: {password: "hidden\n`);
    const loading = loadCloudConfig({}, { HOME: directory, OS_CLIENT_CONFIG_FILE: path });
    await expect(loading).rejects.toThrow(`${path}:`);
    await expect(loading).rejects.toThrow("the file cannot be read as YAML or JSON");
    await expect(loading).rejects.not.toThrow("hidden");
  });
});
