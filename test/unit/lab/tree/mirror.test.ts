import { describe, expect, it } from "vitest";
import { DEBIAN_KEYRING, mirrorFrom } from "../../../../lab/tree/mirror.ts";

const STANZAS = `Types: deb
# a comment within
URIs: https://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main
Signed-By: /keys/debian.gpg

Types: deb
URIs: https://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;

describe("the mirror of a tree", () => {
  it("is that of the machine's own apt sources, with the keys they name", () => {
    expect(mirrorFrom({}, { "debian.sources": STANZAS })).toEqual({
      url: "https://mirror.example/debian",
      keyring: "/keys/debian.gpg",
    });
  });

  it.each([
    ["deb http://mirror.example/debian trixie main contrib # ours", DEBIAN_KEYRING],
    ["deb [arch=amd64 signed-by=/keys/a.gpg] http://mirror.example/debian stable main", "/keys/a.gpg"],
  ])("is read from a line: %s", (line, keyring) => {
    expect(mirrorFrom({}, { "sources.list": line })).toEqual({ url: "http://mirror.example/debian", keyring });
  });

  it("is given by LAB_MIRROR and LAB_KEYRING, also where there is no apt", () => {
    const env = { LAB_MIRROR: "http://10.0.0.1/debian", LAB_KEYRING: "/srv/keys.gpg" };
    expect(mirrorFrom(env, {})).toEqual({ url: "http://10.0.0.1/debian", keyring: "/srv/keys.gpg" });
    expect(mirrorFrom(env, { "debian.sources": STANZAS })?.url).toBe("http://10.0.0.1/debian");
  });

  it("uses Debian's keys where the source holds its own within the file", () => {
    const inline =
      "Types: deb\nURIs: http://m/debian\nSuites: sid\nComponents: main\nSigned-By:\n -----BEGIN PGP\n .\n abc\n";
    expect(mirrorFrom({}, { "a.sources": inline })).toEqual({ url: "http://m/debian", keyring: DEBIAN_KEYRING });
  });

  it.each([
    ["another distribution's", "a.list", "deb http://mirror.example/ubuntu noble main universe"],
    ["sources of source code", "a.list", "deb-src http://mirror.example/debian sid main"],
    ["one that is commented out", "a.list", "# deb http://mirror.example/debian sid main"],
    ["one that is switched off", "a.sources", `Enabled: no\n${STANZAS}`.split("\n\n")[0] ?? ""],
    ["security updates alone", "a.sources", STANZAS.split("\n\n")[1] ?? ""],
  ])("does not come from %s", (_, name, text) => {
    expect(mirrorFrom({}, { [name]: text })).toBeUndefined();
  });
});
