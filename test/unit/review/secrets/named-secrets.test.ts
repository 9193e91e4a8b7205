/** Secrets of others than the job itself, which only their names give away. */
import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it, test } from "vitest";
import { TEXT_CODES, textOf } from "../../../../components/texts.ts";
import { finding, FINDING_CODES } from "../../../../migration/finding.ts";
import { MESSAGE_CODES, told } from "../../../../migration/messages.ts";
import { CHECK_TEXT_CODES, describeWhy, why } from "../../../../migration/check-texts.ts";
import { hideNamed, isSecretName } from "../../../../review/secrets/named-secrets.ts";
import { hideIn, redactor } from "../../../../review/secrets/redact.ts";
import { SENTENCE_CODES, words } from "../../../../review/words.ts";
import { recordOf } from "../../../support/record.ts";
import { tempFolder } from "../../../support/temp-folder.ts";
import { ANYTHING } from "../../../support/catalogue.ts";

const KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\nZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----";

describe("a value with a secret's name is hidden", () => {
  it.each([
    // As a line of an environment, with its spaces.
    ["OS_PASSWORD=hunter22", "OS_PASSWORD=[hidden]"],
    ["OS_APPLICATION_CREDENTIAL_SECRET=a,b;c}d", "OS_APPLICATION_CREDENTIAL_SECRET=[hidden]"],
    ["export AWS_SECRET_ACCESS_KEY=wJalr/XUt+n", "export AWS_SECRET_ACCESS_KEY=[hidden]"],
    ["AWS_SESSION_TOKEN=IQoJb3JpZ2lu==\nAWS_REGION=eu-1", "AWS_SESSION_TOKEN=[hidden]\nAWS_REGION=eu-1"],
    ["PULUMI_CONFIG_PASSPHRASE=correct horse battery", "PULUMI_CONFIG_PASSPHRASE=[hidden]"],
    ["PGPASSWORD='it''s so'", "PGPASSWORD='[hidden]'"],
    // Within a line.
    ["run with OS_PASSWORD=hunter22 and OS_CLOUD=prod.", "run with OS_PASSWORD=[hidden] and OS_CLOUD=prod."],
    ["it is (secret_key = abc123).", "it is (secret_key = [hidden])."],
    ["the database password: hunter22, it said", "the database password: [hidden], it said"],
    ["GET /v3?token=abc123&x=1 failed", "GET /v3?token=[hidden] failed"],
    // YAML.
    ["    application_credential_secret: s e c", "    application_credential_secret: [hidden]"],
    ["token: x", "token: [hidden]"],
    ["auth: { username: admin, password: p w, x: 1 }", "auth: { username: admin, password: [hidden], x: 1 }"],
    ["passphrase: the quick fox", "passphrase: [hidden]"],
    ["  private_key: |\n    abc\n    def\n  x: 1\n", "  private_key: |\n    [hidden]\n  x: 1\n"],
    ["data: |\n  token: >\n    abc\nx: 1", "data: |\n  token: >\n    [hidden]\nx: 1"],
    ["ssh:\n  admin_passwd: >-\n    abc", "ssh:\n  admin_passwd: >-\n    [hidden]\n"],
    // JSON, and JSON in the string of another.
    [
      '{"application_credential_secret": "s \\" c", "a": "b"}',
      '{"application_credential_secret": "[hidden]", "a": "b"}',
    ],
    ['{"adminPass": 1234, "a": 1}', '{"adminPass": "[hidden]", "a": 1}'],
    ['{"tokens": ["a1", "b2"], "a": 1}', '{"tokens": "[hidden]", "a": 1}'],
    [
      '{"body": "{\\"clientSecret\\": \\"s\\\\\\"c\\", \\"a\\": 1}"}',
      '{"body": "{\\"clientSecret\\": \\"[hidden]\\", \\"a\\": 1}"}',
    ],
    ['{"problem":"password: hunter22","fix":"x"}', '{"problem":"password: [hidden]","fix":"x"}'],
    [
      '{"problem":"OS_PASSWORD=hunter22 was given","fix":"x"}',
      '{"problem":"OS_PASSWORD=[hidden] was given","fix":"x"}',
    ],
    // Headers, and whole keys.
    ["X-Subject-Token: abc123", "X-Subject-Token: [hidden]"],
    ["Authorization: Basic YWRtaW46eA==", "Authorization: [hidden]"],
    ['{"authorization": "Bearer abc.def"}', '{"authorization": "[hidden]"}'],
    [`key:\n${KEY}\nend`, "key:\n[hidden]\nend"],
    [`cut: ${KEY.slice(0, 50)}`, "cut: [hidden]"],
  ])("%j", (text, hidden) => {
    expect(hideNamed(text)).toBe(hidden);
    // Comments are looked through twice.
    expect(hideNamed(hidden)).toBe(hidden);
  });
});

it.each([
  "the token expires: another is got",
  "request token: none",
  "the password: it is refused by Keystone",
  "clouds.prod.auth.password = (nothing)",
  "Authorization: refused by Keystone",
  "set OS_PASSWORD, or password below auth: in secure.yaml",
  "secrets: [hidden] or [secret], password=*** and GITHUB_TOKEN: …",
  '{"token": {"expires_at": "2026-01-01"}, "secret": null, "password": ""}',
  "OS_PASSWORD_FILE=/run/x password_expires_at: never tokens_left=3",
  "urn:pulumi:prod::p::random:index/randomPassword:RandomPassword::db",
  "secret://store/x; vault-token→x; <code>OS&#95;PASSWORD=&#91;hidden&#93;</code>",
  "admin_vm01: node-28 (nova) → node-31 (nova2); about 9 s; https://cloud:5000/v3",
])("stays as it is: %s", (text) => {
  expect(redactor([])(text)).toBe(text);
});

test("no text of the program's own is taken for a secret", () => {
  const texts = [
    ...FINDING_CODES.flatMap((code) => [finding(code, ANYTHING).problem, finding(code, ANYTHING).fix]),
    ...MESSAGE_CODES.map((code) => told(code, ANYTHING)),
    ...CHECK_TEXT_CODES.map((code) => describeWhy(why(code, ANYTHING))),
    ...TEXT_CODES.map((code) => textOf(code, ANYTHING)),
    ...SENTENCE_CODES.map((code) => words(code, ANYTHING)),
  ];
  expect(texts.length).toBeGreaterThan(100);
  expect(texts.map(hideNamed)).toEqual(texts);
  const record = JSON.stringify(recordOf());
  expect(hideIn(record, redactor([]))).toBe(`${record}\n`);
});

test("of a JSON document values go by the names they stand under, and it stays one", () => {
  const document = {
    auth: { username: "admin", password: "hunter22", passcodes: [1, "b"], token: { id: "x", secret: true } },
    log: "OS_TOKEN=hunter22",
  };
  expect(JSON.parse(hideIn(JSON.stringify(document), redactor([])))).toEqual({
    auth: {
      username: "admin",
      password: "[hidden]",
      passcodes: ["[hidden]", "[hidden]"],
      token: { id: "x", secret: true },
    },
    log: "OS_TOKEN=[hidden]",
  });
  expect(isSecretName("AWS_ACCESS_KEY_ID")).toBe(false);
});

test("JSON within a text stays JSON, as in the line of a plan", () => {
  const findings = [
    "OS_PASSWORD=hunter22",
    "{token: hunter22",
    'no "secret": ',
    "the passphrase:",
    "secret_key=hunter22, x",
  ];
  const plan = {
    findings: findings.map((problem) => ({ problem, value: "x" })),
    token: 5,
    why: '"adminPass": "hunter22"',
  };
  for (const begin of ["", "live-migrate-plan ", "12:00 {} "]) {
    const hidden = hideNamed(begin + JSON.stringify(plan));
    expect(JSON.parse(hidden.slice(begin.length))).toMatchObject({ token: "[hidden]", why: '"adminPass": "[hidden]"' });
    expect(hidden).not.toContain("hunter22");
  }
});

test("is quick with a long line", () => {
  const text = `${"x".repeat(200_000)} ${"password: a, ".repeat(5_000)}`;
  const start = performance.now();
  expect(hideNamed(text)).not.toContain("password: a");
  expect(performance.now() - start).toBeLessThan(2_000);
});

const root = join(import.meta.dirname, "../../../..");
/** None of the secrets below is the job's own. */
const ENV = { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent" };
const command = (script: string, args: string[]) =>
  execa(process.execPath, [join(root, script), ...args], { env: ENV, extendEnv: false, reject: false });
const FOREIGN = /hunter22|b3BlbnNz|p&amp;q|q&#124;r|q\|r/;
const SAID = `    error: OS_PASSWORD=hunter22\n    application_credential_secret: hunter22\n${KEY}\n`;

test("up:keep copies neither a log's nor a record's", async () => {
  const [from, to] = [tempFolder(), tempFolder()];
  await mkdir(join(from, "records"));
  await writeFile(join(from, "records", "a.json"), JSON.stringify({ summary: "OS_TOKEN=hunter22", token: "hunter22" }));
  await writeFile(join(from, "up.log"), `Diagnostics:\n\u001b[1m${SAID}\u001b[1mtoken\u001b[0m: hunter22\n`);
  expect((await command("review/keep.ts", [to, join(from, "records"), join(from, "up.log")])).exitCode).toBe(0);
  const kept = await Promise.all(["a.json", "up.log"].map((name) => readFile(join(to, name), "utf8")));
  expect(JSON.parse(kept[0] ?? "")).toEqual({ summary: "OS_TOKEN=[hidden]", token: "[hidden]" });
  expect(kept[1]).toContain("error: OS_PASSWORD=[hidden]");
  expect(kept.join("\n")).not.toMatch(FOREIGN);
});

test("comments show neither an up's nor a preview's, in whatever letters Markdown writes them", async () => {
  const folder = tempFolder();
  const summary = 'nothing was moved: OS_PASSWORD=q|r, "client_secret": "p&q hunter22"';
  await writeFile(join(folder, "a.json"), JSON.stringify(recordOf({ outcome: "refused", summary })));
  await writeFile(join(folder, "up.log"), `Diagnostics:\n${SAID}`);
  const log = ["--log", join(folder, "up.log")];
  const up = await command("review/up.ts", ["--stack", "prod", "--records", folder, ...log, "--exit-code", "255"]);
  expect(up.stdout).toContain("nothing was moved: OS&#95;PASSWORD=&#91;hidden&#93;");
  expect(up.stdout).toContain("application_credential_secret: [hidden]");
  expect(up.stdout).not.toMatch(FOREIGN);

  const document = JSON.parse(
    readFileSync(join(import.meta.dirname, "../preview/fixtures/preview-throws.json"), "utf8"),
  ) as object;
  const diagnostics = [{ severity: "error", message: `error: ${summary}\n${SAID}` }];
  await writeFile(join(folder, "preview.json"), JSON.stringify({ ...document, diagnostics }));
  const preview = await command("review/preview.ts", ["--stack", "prod", join(folder, "preview.json")]);
  expect(preview.stdout).toContain("OS_PASSWORD=[hidden]");
  expect(preview.stdout).not.toMatch(FOREIGN);
});
