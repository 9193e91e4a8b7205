import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { parse, stringify } from "yaml";
import { labApi, labPaths, makeServer } from "../../lab/api.ts";
import type { PlanDocument } from "../../migration/contract/plan-document.ts";
import { REPOSITORY } from "../../toolchain/paths.ts";
import { truth, wholeOn } from "../support/lab/cloud.ts";
import { engine } from "../support/lab/run-engine.ts";
import { FaultProxy } from "../support/http/fault-proxy.ts";
import { Scenarios } from "../support/lab/fault-scenario.ts";

// Four at a time, and the others wait for a host that is free.
vi.setConfig({ testTimeout: 300_000 });

interface Clouds {
  clouds: Record<
    string,
    { auth: { auth_url: string; username: string; password: string; project_name: string }; [setting: string]: unknown }
  >;
}

let scenarios: Scenarios;
let folder: string;
beforeAll(async () => {
  scenarios = await Scenarios.open();
  folder = await mkdtemp(join(tmpdir(), "access-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await scenarios.close();
});

/** A copy of the lab's clouds.yaml with changes to the administrator's entry, as an environment. */
async function changed(change: (cloud: Clouds["clouds"][string]) => void): Promise<Record<string, string>> {
  const content = parse(await readFile(labPaths().cloudsFile, "utf8")) as Clouds;
  const { lab } = content.clouds;
  if (lab === undefined) throw new Error("the lab's clouds.yaml has no cloud lab");
  change(lab);
  const file = join(folder, `${crypto.randomUUID()}.yaml`);
  await writeFile(file, stringify(content), { mode: 0o600 });
  return { OS_CLIENT_CONFIG_FILE: file };
}

describe("a user who is no administrator", () => {
  const AS_USER = { OS_CLOUD: "lab-user" };

  it.concurrent(
    "of its own server, also a locked one: refused with all that is in the way, exit 3; an administrator moves it",
    async ({ expect }) => {
      const api = await labApi("fleet", "lab-user");
      const name = `access-${crypto.randomUUID().slice(0, 8)}`;
      // It may not choose a host.
      const server = await makeServer(api, { name, host: "", server: { availability_zone: undefined } });
      try {
        const { host: from } = await truth(scenarios.cloud, server.id);
        const to = ["node-01", "node-02"].find((host) => host !== from) ?? "";
        const refused = await engine(["run", server.id, "--host", to], AS_USER);
        expect([refused.exitCode, refused.record?.outcome], refused.stderr).toEqual([3, "refused"]);
        expect(refused.record?.summary).toContain(
          "Nova's default policy lets only administrators migrate to a named host (fix: use an administrator's credentials",
        );
        await api.call("compute", "POST", `/servers/${server.id}/action`, { lock: null });
        const locked = await engine(["run", server.id, "--host", to], AS_USER);
        const blockers = locked.record?.findings.filter(({ severity }) => severity === "blocker");
        expect([locked.exitCode, blockers?.map(({ code }) => code)]).toEqual([
          3,
          ["server-locked", "no-migration-rights"],
        ]);
        expect(locked.record?.summary).toContain(
          `Nova refuses this user (fix: ask its owner, then \`openstack server unlock ${server.id}\`)`,
        );
        expect(await truth(scenarios.cloud, server.id)).toEqual(wholeOn(from ?? "", 2));

        const moved = await engine(["run", server.id, "--host", to]);
        expect([moved.exitCode, moved.record?.outcome], moved.stderr).toEqual([0, "migrated"]);
        expect(await truth(scenarios.cloud, server.id)).toEqual(wholeOn(to, 2));
      } finally {
        await server.remove();
      }
    },
  );

  it.concurrent("of another project's server: it does not exist, by id or name; exit 2", async ({ expect }) => {
    await scenarios.play({ dataVolumes: 0 }, async (scenario) => {
      for (const named of [scenario.id, scenario.server.name]) {
        const { exitCode, stderr } = await engine(["run", named, "--host", scenario.to], AS_USER);
        expect([exitCode, stderr]).toEqual([
          2,
          `live-migrate: no server has the id or name ${named} that this user may see. Fix: check its spelling, the cloud and the project`,
        ]);
      }
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 1));
      expect(await scenario.moves()).toBe(0);
    });
  });
});

describe("an account that only looks", () => {
  const ROLE = "live-migrate-preview";
  const SERVICES = ["nova", "placement", "cinder"];
  const remove: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const undo of remove) await undo();
  });

  /** Each service's policy as docs/accounts.md has it, beside its configuration: it is read again when it changes. */
  async function writePolicies(): Promise<void> {
    const document = await readFile(join(REPOSITORY, "docs/accounts.md"), "utf8");
    for (const service of SERVICES) {
      const block = new RegExp(`^( *)\`\`\`yaml\n *# /etc/${service}/policy.yaml\n([^]*?)\`\`\``, "m").exec(document);
      const rules: unknown = parse((block?.[2] ?? "").replaceAll(new RegExp(`^${block?.[1] ?? ""}`, "gm"), ""));
      if (block === null || typeof rules !== "object") throw new Error(`docs/accounts.md has no policy for ${service}`);
      const file = join(labPaths().stateDir, "config", service, "policy.yaml");
      // Emptied and not removed: a service that has read one once wants to read it.
      remove.push(() => writeFile(file, "{}\n"));
      await writeFile(file, stringify(rules));
    }
  }

  /** With that role, and `reader`, in the ordinary user's project; as an environment. */
  async function makeAccount(): Promise<Record<string, string>> {
    const admin = await labApi();
    const { project } = await labApi("fleet", "lab-user");
    const [username, password] = [`looks-${crypto.randomUUID().slice(0, 8)}`, crypto.randomUUID()];
    const made = await admin.call<{ role: { id: string } }>("identity", "POST", "/roles", { role: { name: ROLE } });
    remove.push(() => admin.call("identity", "DELETE", `/roles/${made.role.id}`));
    const { user } = await admin.call<{ user: { id: string } }>("identity", "POST", "/users", {
      user: { name: username, domain_id: "default", password },
    });
    remove.push(() => admin.call("identity", "DELETE", `/users/${user.id}`));
    const { roles } = await admin.call<{ roles: { id: string }[] }>("identity", "GET", "/roles?name=reader");
    for (const id of [made.role.id, roles[0]?.id ?? ""])
      await admin.call("identity", "PUT", `/projects/${project}/users/${user.id}/roles/${id}`);
    return await changed(({ auth }) => Object.assign(auth, { username, password, project_name: "demo" }));
  }

  it("plans with all that there is to know, and moves nothing, by the policy of docs/accounts.md", async ({
    expect,
  }) => {
    const owner = await labApi("fleet", "lab-user");
    const server = await makeServer(owner, {
      name: `access-${crypto.randomUUID().slice(0, 8)}`,
      host: "",
      server: { availability_zone: undefined },
    });
    try {
      const { host: from } = await truth(scenarios.cloud, server.id);
      const to = ["node-01", "node-02"].find((host) => host !== from) ?? "";
      const account = await makeAccount();
      const blind = await engine(["plan", server.id, "--host", to], account);
      expect([blind.exitCode, blind.stdout]).toEqual([3, expect.stringContaining("no-migration-rights")]);

      await writePolicies();
      for (const named of [server.id, server.name]) {
        const planned = await engine(["plan", named, "--host", to], account);
        expect(planned.exitCode, planned.stderr).toBe(0);
        const plan = JSON.parse(planned.stdout) as PlanDocument;
        expect(plan).toMatchObject({ action: "migrate", source: { host: from }, destination: { host: to } });
        expect(plan.findings.filter(({ code }) => /not-checked|not-visible|rights/.test(code))).toEqual([]);
      }
      const refused = await engine(["run", server.id, "--host", to], account);
      expect([refused.exitCode, refused.record?.outcome], refused.stderr).toEqual([3, "refused"]);
      expect(refused.record?.findings.map(({ code }) => code)).toContain("nova-refused");
      expect(await truth(scenarios.cloud, server.id)).toEqual(wholeOn(from ?? "", 2));
    } finally {
      await server.remove();
    }
  });
});

describe("a name", () => {
  it.concurrent("that two servers have: refused with the ids of both, exit 2", async ({ expect }) => {
    await scenarios.play({ dataVolumes: 0 }, async (scenario) => {
      const { name } = scenario.server;
      const twin = await makeServer(scenario.api, { name, host: scenario.from, dataVolumes: 0 });
      try {
        const { exitCode, stderr } = await engine(["run", name, "--host", scenario.to]);
        expect([exitCode, stderr]).toEqual([
          2,
          expect.stringMatching(/^live-migrate: 2 servers are named .*: use one of /),
        ]);
        for (const id of [scenario.id, twin.id]) expect(stderr).toContain(id);
        expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 1));
        expect(await truth(scenario.cloud, twin.id)).toEqual(wholeOn(scenario.from, 1));
      } finally {
        await twin.remove();
      }
    });
  });

  it.concurrent("that is another server's id: the one with the id is moved, and no other", async ({ expect }) => {
    await scenarios.play({ dataVolumes: 0 }, async (scenario) => {
      scenario.pace({ seconds: 0.1 });
      const namesake = await makeServer(scenario.api, { name: scenario.id, host: scenario.from, dataVolumes: 0 });
      try {
        expect(await scenario.run()).toMatchObject({ exitCode: 0, record: { server: { id: scenario.id } } });
        expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 1));
        expect(await truth(scenario.cloud, namesake.id)).toEqual(wholeOn(scenario.from, 1));
      } finally {
        await namesake.remove();
      }
    });
  });
});

describe("a cloud that cannot be entered", () => {
  const NOWHERE = ["run", "any-server", "--host", "node-01"];

  it.concurrent("wrong credentials: exit 7, not repeated, and the password is not shown", async ({ expect }) => {
    const proxy = await FaultProxy.start();
    const env = await changed(({ auth }) => {
      auth.auth_url = proxy.through(auth.auth_url, "identity");
      auth.password = "not-the-password";
    });
    const { exitCode, stderr, stdout } = await engine(NOWHERE, env);
    const asked = proxy.log.filter(({ path }) => path.endsWith("/auth/tokens"));
    await proxy.close();
    expect(exitCode, stderr).toBe(7);
    expect(asked).toMatchObject([{ method: "POST", status: 401 }]);
    expect(stderr).toMatch(/not authorised at http:\/\/\S+: .*\(cloud lab\)\. Fix: check the credentials and roles/);
    expect(stderr + stdout).not.toContain("not-the-password");
  });

  it.concurrent("a cloud that clouds.yaml does not have: exit 2, with those it has", async ({ expect }) => {
    const { exitCode, stderr } = await engine([...NOWHERE, "--os-cloud", "atlantis"]);
    expect(exitCode, stderr).toBe(2);
    expect(stderr).toMatch(/atlantis.*lab, lab-user/s);
  });
});

describe("TLS in front of Keystone", () => {
  /** A certificate for the loopback address, which begins and ends so many days from now. */
  async function certificate(
    name: string,
    from: number,
    to: number,
  ): Promise<{ cert: string; key: string; file: string }> {
    const [key, file] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
    const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-T:]|\.\d+/g, "");
    const config = join(folder, `${name}.cnf`);
    const [index, made] = [join(folder, `${name}.index`), join(folder, `${name}.csr`)];
    await writeFile(index, "");
    await writeFile(
      config,
      `[ca]\ndefault_ca=own\n[own]\ndatabase=${index}\nnew_certs_dir=${folder}\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n` +
        "x509_extensions=loopback\n[any]\ncommonName=supplied\n[loopback]\nsubjectAltName=IP:127.0.0.1\n",
    );
    const subject = ["-subj", "/CN=127.0.0.1"];
    await execa("openssl", ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", made, ...subject]);
    const dates = ["-startdate", at(from), "-enddate", at(to)];
    await execa("openssl", [
      "ca",
      "-batch",
      "-selfsign",
      "-config",
      config,
      "-in",
      made,
      "-keyfile",
      key,
      "-out",
      file,
      "-notext",
      ...dates,
    ]);
    return { cert: await readFile(file, "utf8"), key: await readFile(key, "utf8"), file };
  }

  /** Runs a command against a Keystone behind TLS with the certificate, which is the cloud's own authority. */
  async function behind({ cert, key, file }: Awaited<ReturnType<typeof certificate>>, args: string[]) {
    let asked = 0;
    let keystone = "";
    const server = createServer({ cert, key }, (incoming, response) => {
      asked++;
      const { method, headers, url = "" } = incoming;
      const onward = request(new URL(url, keystone), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      incoming.pipe(onward);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const env = await changed((cloud) => {
      const { origin, pathname } = new URL(cloud.auth.auth_url);
      keystone = origin;
      cloud.auth.auth_url = `https://127.0.0.1:${port}${pathname}`;
      cloud["cacert"] = file;
    });
    try {
      return { ...(await engine(args, env)), asked };
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  it.concurrent(
    "a certificate that has expired: exit 7, reported as such, and no password was sent",
    async ({ expect }) => {
      await scenarios.play({ dataVolumes: 0 }, async (scenario) => {
        const args = ["run", scenario.id, "--host", scenario.to];
        const { exitCode, stderr, asked } = await behind(await certificate("expired", -30, -1), args);
        expect(exitCode, stderr).toBe(7);
        expect(stderr).toMatch(
          /no answer from https:\/\/127\.0\.0\.1:\d+: the server's certificate has expired.*Fix: renew/,
        );
        expect(asked).toBe(0);
        expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 1));
        expect(await scenario.moves()).toBe(0);
        // The same with one that has not: it is the date alone.
        const valid = await behind(await certificate("valid", -1, 30), ["status", scenario.id]);
        expect([valid.exitCode, valid.asked > 0], valid.stderr).toEqual([0, true]);
      });
    },
  );
});
