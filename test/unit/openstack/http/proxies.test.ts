import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCovered, proxyFor } from "../../../../openstack/http/proxies.ts";

describe("no_proxy", () => {
  it.each<[noProxy: string, url: string, covered: boolean]>([
    ["", "http://nova.example.org", false],
    [",, ,", "http://nova.example.org", false],
    ["*", "http://nova.example.org", true],
    [" * ", "https://[fd00::1]", true],
    // Neither curl nor python-requests knows other wildcards.
    ["*.example.org", "http://nova.example.org", false],
    ["*,other.org", "http://nova.example.org", false],
    ["nova.example.org", "http://nova.example.org:8774/v2.1", true],
    ["NOVA.Example.ORG", "http://nova.example.org", true],
    ["nova.example.org", "http://NOVA.example.org", true],
    ["nova.example.org.", "http://nova.example.org", true],
    ["nova.example.org", "http://nova.example.org.", true],
    ["example.org", "http://nova.example.org", true],
    [".example.org", "http://nova.example.org", true],
    [".example.org", "http://example.org", true],
    ["example.org", "http://notexample.org", false],
    ["org", "http://nova.example.org", true],
    ["nova.example.org", "http://example.org", false],
    ["a.org, example.org", "http://nova.example.org", true],
    ["a.org example.org", "http://nova.example.org", true],
    ["example.org:8774", "http://nova.example.org:8774", true],
    ["example.org:8774", "http://nova.example.org:5000", false],
    ["example.org:443", "https://nova.example.org", true],
    ["example.org:80", "https://nova.example.org", false],
    ["localhost", "http://localhost:5000", true],
    ["localhost", "http://127.0.0.1:5000", false],
    ["10.1.2.3", "http://10.1.2.3:5000", true],
    ["10.1.2.3", "http://10.1.2.30:5000", false],
    ["10.1.2.3:5000", "http://10.1.2.3:5000", true],
    ["10.1.2.3:5001", "http://10.1.2.3:5000", false],
    ["10.0.0.0/8", "http://10.1.2.3", true],
    ["10.1.2.77/24", "http://10.1.2.3", true],
    ["10.1.2.0/24", "http://10.1.3.3", false],
    ["10.1.2.0/33", "http://10.1.2.3", false],
    ["10.1.2.0/x", "http://10.1.2.3", false],
    ["0.0.0.0/0", "http://10.1.2.3", false],
    ["10.0.0.0/8", "http://ten.example.org", false],
    [".2.3", "http://10.1.2.3", false],
    ["::1", "http://[::1]:5000", true],
    ["[::1]", "http://[::1]:5000", true],
    ["[::1]:5000", "http://[::1]:5000", true],
    ["[::1]:5001", "http://[::1]:5000", false],
    ["fd00:0:0::0001", "http://[fd00::1]", true],
    ["fd00::/8", "http://[fd12::1]", true],
    ["fd00::/8", "http://[fe80::1]", false],
    ["fd00::/8", "http://10.1.2.3", false],
  ])("%j and %s: covered is %s", (noProxy, url, covered) => {
    expect(isCovered(new URL(url), noProxy)).toBe(covered);
  });

  const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
  const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => `${labels.join(".")}.test`);
  const other = fc.constantFrom("10.0.0.0/8", "other.example", "::1", "*.test", "192.0.2.1:80", "[fd00::1]");
  const list = (entry: string, around: string[]) => [...around, entry, ...around].join(", ");

  it("covers a name and all names below it, whatever else is in the list", () => {
    fc.assert(
      fc.property(name, label, fc.array(other), fc.constantFrom("", "."), (zone, below, others, dot) => {
        const noProxy = list(dot + zone, others);
        expect(isCovered(new URL(`http://${zone}:5000`), noProxy)).toBe(true);
        expect(isCovered(new URL(`https://${below}.${zone}`), noProxy)).toBe(true);
        expect(isCovered(new URL(`https://${below}${zone}`), noProxy)).toBe(false);
      }),
    );
  });

  it("covers exactly the addresses of a CIDR block", () => {
    const address = fc.nat(0xffffffff);
    const dotted = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
    fc.assert(
      fc.property(address, address, fc.integer({ min: 1, max: 32 }), fc.array(other), (network, host, bits, others) => {
        fc.pre(host >>> 24 !== 10);
        const isInside = network >>> (32 - bits) === host >>> (32 - bits);
        expect(isCovered(new URL(`http://${dotted(host)}`), list(`${dotted(network)}/${bits}`, others))).toBe(isInside);
      }),
    );
  });

  it("never throws, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom("http://a.test", "https://[::1]", "http://10.1.2.3"), (text, url) => {
        expect(typeof isCovered(new URL(url), text)).toBe("boolean");
      }),
    );
  });
});

describe("the proxy of the environment", () => {
  const [A, B] = ["http://a.test:3128", "http://b.test:3128"];
  it.each<[env: Record<string, string>, url: string, label: string | undefined]>([
    [{}, "http://c.test", undefined],
    [{ http_proxy: A }, "http://c.test", `${A} (http_proxy)`],
    [{ http_proxy: A }, "https://c.test", undefined],
    [{ https_proxy: A, http_proxy: B }, "https://c.test", `${A} (https_proxy)`],
    [{ HTTPS_PROXY: A }, "https://c.test", `${A} (HTTPS_PROXY)`],
    [{ https_proxy: A, HTTPS_PROXY: B }, "https://c.test", `${A} (https_proxy)`],
    [{ https_proxy: "", HTTPS_PROXY: B }, "https://c.test", undefined],
    [{ all_proxy: A }, "https://c.test", `${A} (all_proxy)`],
    [{ ALL_PROXY: A, http_proxy: B }, "http://c.test", `${B} (http_proxy)`],
    [{ https_proxy: "", all_proxy: A }, "https://c.test", `${A} (all_proxy)`],
    [{ http_proxy: "a.test:3128" }, "http://c.test", `${A} (http_proxy)`],
    [{ http_proxy: "http://me:pass@a.test:3128/" }, "http://c.test", `${A} (http_proxy)`],
    [{ http_proxy: A, no_proxy: "c.test" }, "http://c.test", undefined],
    [{ http_proxy: A, no_proxy: "", NO_PROXY: "c.test" }, "http://c.test", undefined],
    [{ http_proxy: A, no_proxy: "d.test", NO_PROXY: "c.test" }, "http://c.test", `${A} (http_proxy)`],
  ])("%j for %s: %s", (env, url, label) => {
    expect(proxyFor(new URL(url), env)?.label).toBe(label);
  });
});
