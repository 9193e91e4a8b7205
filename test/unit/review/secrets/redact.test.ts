import fc from "fast-check";
import { expect, it } from "vitest";
import { hideIn, redactor, secretsIn, secretsOfEnvironment } from "../../../../review/secrets/redact.ts";

const FERNET = `gAAAAA${"Bk3_-x".repeat(12)}==`;
const JWT = `eyJ${"hbGci".repeat(4)}.eyJ${"zdWIi".repeat(4)}.${"sig-_".repeat(6)}`;
const KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\nZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----";

it("hides known values, longest first, and none that is short", () => {
  expect(redactor(["hunter2", "hunter2-and-more", "abc"])("hunter2-and-more, hunter2, abc")).toBe(
    "[hidden], [hidden], abc",
  );
});

it("hides a known value wherever it stands: in a line, in JSON within a text, in an address", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 6 }), (secret) => {
      fc.pre(!"[hidden] user said: https://cloud:5000/v3?p=&x=1 error".includes(secret));
      const text = `said: ${JSON.stringify({ error: secret })} https://cloud:5000/v3?p=${encodeURIComponent(secret)}&x=1`;
      expect(redactor([secret])(text)).toBe('said: {"error":"[hidden]"} https://cloud:5000/v3?p=[hidden]&x=1');
    }),
  );
});

it.each([
  [`X-Auth-Token: ${FERNET} and ${FERNET}`, "X-Auth-Token: [hidden] and [hidden]"],
  [`Bearer ${JWT}`, "Bearer [hidden]"],
  ["ghp_0123456789abcdefABCD and glpat-0123456789abcdefABCD", "[hidden] and [hidden]"],
  ["github_pat_0123456789abcdefABCD, pul-0123456789abcdef0123", "[hidden], [hidden]"],
  ["key AKIAIOSFODNN7EXAMPLE", "key [hidden]"],
  ["http://admin:s3cr3t@cloud:5000/v3", "http://admin:[hidden]@cloud:5000/v3"],
  ["postgres://u:p@ss:w@db/x", "postgres://u:[hidden]@db/x"],
  [`key:\n${KEY}\nend`, "key:\n[hidden]\nend"],
  [`cut: ${KEY.slice(0, 50)}`, "cut: [hidden]"],
])("hides what has the form of a secret: %j", (text, hidden) => {
  expect(redactor([])(text)).toBe(hidden);
  // Comments are searched twice.
  expect(redactor([])(hidden)).toBe(hidden);
});

it.each([
  "admin_vm01: node-28 (nova) → node-31 (nova2); about 9 s; compute 2.90, https://cloud:5000/v3",
  "clouds.prod.auth.password = (nothing); the token expires: another is got",
  "urn:pulumi:prod::p::random:index/randomPassword:RandomPassword::db",
])("leaves alone what is no secret: %s", (text) => {
  expect(redactor([])(text)).toBe(text);
});

it("hides within a JSON document what JSON writes in another way, and leaves it one", () => {
  const said = 'password="q\\"uote", colours \u001b[1m';
  const kept = hideIn(JSON.stringify({ outcome: "failed", checks: [{ reason: said }], n: 1 }), redactor(['q\\"uote']));
  expect(JSON.parse(kept)).toEqual({
    outcome: "failed",
    checks: [{ reason: 'password="[hidden]", colours \u001b[1m' }],
    n: 1,
  });
  expect(hideIn("no JSON: hun\u001b[1mter2", redactor(["hunter2"]))).toBe("no JSON: [hidden]");
});

it("finds secrets by the names of variables", () => {
  const env = {
    OS_PASSWORD: "one-one",
    PULUMI_CONFIG_PASSPHRASE: "two-two",
    PULUMI_CONFIG_PASSPHRASE_FILE: "/a/path",
    GITHUB_TOKEN: "three-3",
    OS_CLOUD: "prod",
  };
  expect(secretsOfEnvironment(env)).toEqual(["one-one", "two-two", "three-3"]);
});

it("finds secrets in a clouds.yaml", () => {
  const clouds = {
    prod: { auth: { auth_url: "http://x", username: "admin", password: "p: w" } },
    app: { auth: { application_credential_id: "id-of-it", application_credential_secret: "s e c" } },
  };
  expect(secretsIn({ clouds })).toEqual(expect.arrayContaining(["p: w", "s e c"]));
  expect(secretsIn({ clouds })).not.toContain("admin");
  expect(secretsIn(undefined)).toEqual([]);
});
