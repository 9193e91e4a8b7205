import { expect, test } from "vitest";
import { hideIn, redactor, secretsIn, secretsOfEnvironment } from "../../../../review/secrets/redact.ts";

const TOKEN = `gAAAAA${"Bk3_-x".repeat(12)}==`;

test("hides what it is told, longest first, and what looks like a secret", () => {
  const hide = redactor(["hunter2", "hunter2-and-more", "abc"]);
  expect(hide("hunter2-and-more, hunter2, abc")).toBe("[hidden], [hidden], abc");
  expect(hide(`X-Auth-Token: ${TOKEN} and ${TOKEN}`)).not.toContain("gAAAA");
  expect(hide("ghp_0123456789abcdefABCD and glpat-0123456789abcdefABCD")).toBe("[hidden] and [hidden]");
  expect(hide("http://admin:s3cr3t@cloud:5000/v3")).toBe("http://admin:[hidden]@cloud:5000/v3");
  expect(hide('{"password": "correct horse", "host": "node-31"}')).not.toContain("correct");
});

test("leaves alone what is no secret", () => {
  const text = "admin_vm01: node-28 (nova) → node-31 (nova2); about 9 s; compute 2.90, https://cloud:5000/v3";
  expect(redactor([])(text)).toBe(text);
});

test("hides within a JSON document what JSON writes in another way, and leaves it one", () => {
  const said = 'password="q\\"uote" and password="other"';
  const kept = hideIn(JSON.stringify({ outcome: "failed", checks: [{ reason: said }] }), redactor(['q\\"uote']));
  expect(JSON.parse(kept)).toEqual({
    outcome: "failed",
    checks: [{ reason: 'password="[hidden]" and password="[hidden]"' }],
  });
  expect(hideIn("no JSON: hunter2", redactor(["hunter2"]))).toBe("no JSON: [hidden]");
});

test("finds secrets by the names of variables", () => {
  const env = {
    OS_PASSWORD: "one-one",
    PULUMI_CONFIG_PASSPHRASE: "two-two",
    PULUMI_CONFIG_PASSPHRASE_FILE: "/a/path",
    GITHUB_TOKEN: "three-3",
    OS_CLOUD: "prod",
  };
  expect(secretsOfEnvironment(env)).toEqual(["one-one", "two-two", "three-3"]);
});

test("finds secrets in a clouds.yaml", () => {
  const clouds = {
    prod: { auth: { auth_url: "http://x", username: "admin", password: "p: w" } },
    app: { auth: { application_credential_id: "id-of-it", application_credential_secret: "s e c" } },
  };
  expect(secretsIn({ clouds })).toEqual(expect.arrayContaining(["p: w", "s e c"]));
  expect(secretsIn({ clouds })).not.toContain("admin");
  expect(secretsIn(undefined)).toEqual([]);
});
