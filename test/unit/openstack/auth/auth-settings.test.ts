import { describe, expect, it } from "vitest";
import { tokenRequest } from "../../../../openstack/auth/token.ts";
import { auth, one, problemsOf, without } from "../../../support/http/cloud-settings.ts";

describe("other ways to authenticate", () => {
  it("application credentials carry their own project", () => {
    const settings = {
      auth_type: "v3applicationcredential",
      auth: { auth_url: "http://k", application_credential_id: "id-1", application_credential_secret: "x" },
    };
    expect(one(settings).auth).toMatchObject({ type: "v3applicationcredential", credential: { id: "id-1" } });
  });

  it("by name, together with their user", () => {
    const settings = {
      auth_type: "v3applicationcredential",
      auth: { ...auth, application_credential_name: "ci", application_credential_secret: "x" },
    };
    expect(one(settings).auth).toMatchObject({ credential: { name: "ci", user: { name: "admin" } } });
  });

  it("a token, also without saying so", () => {
    const bare = { auth_url: "http://k", token: "t", project_id: "p" };
    expect(one({ auth: bare }).auth).toMatchObject({ type: "token", scope: { project: { id: "p" } } });
    expect(one({ auth_type: "v3token", auth: bare }).auth.type).toBe("token");
  });

  it("the whole system where there is no project", () => {
    const scopeOf = (settings: Record<string, unknown>) => tokenRequest(one({ auth: settings }).auth);
    const bare = without("project_name");
    const system = { auth: { scope: { system: { all: true } } } };
    expect(scopeOf({ ...bare, system_scope: "all" })).toMatchObject(system);
    expect(scopeOf({ ...auth, system_scope: "all" })).not.toMatchObject(system);
  });

  it("a trust, which has its own project", () => {
    const trusted = { ...without("project_name"), trust_id: "t" };
    expect(tokenRequest(one({ auth: trusted }).auth)).toMatchObject({
      auth: { scope: { "OS-TRUST:trust": { id: "t" } } },
    });
    const [problem] = problemsOf(() => one({ auth: { ...auth, trust_id: "t" } }));
    expect(problem?.problem).toBe("a trust has its own project, and another is given");
    expect(problem?.fix).toContain("remove trust_id, or the project");
  });
});
