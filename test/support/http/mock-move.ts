import type { MockAnswer, MockCall, MockCloud, MockReply } from "./mock-cloud.ts";
import { fixture } from "../../unit/openstack/fixture.ts";

export const MOVED = "5e9e5a96-a56f-4225-8368-505f7bd579f5";
const VOLUMES = ["5229a053-a84a-4845-adcd-d90379553467", "d655ff3f-5dc7-4204-96e7-cfcfa9a8e209"];

type Json = Record<string, unknown>;
/** An object of a recorded answer, with other values. */
const changed = (name: string, key: string, over: Json): Json => {
  const document = fixture(name) as Record<string, Json>;
  return { [key]: { ...document[key], ...over } };
};
/** The text of a recorded answer with every host's name and provider changed to the other's. */
const moved = (name: string, on: string): unknown => {
  const text = JSON.stringify(fixture(name));
  return JSON.parse(text.replaceAll("node-28", on)) as unknown;
};

interface MoveOptions {
  /** So often it is looked at before it has arrived. @default 3 */
  looks?: number;
  /** What comes of the request that starts it. @default 202, and Nova has it */
  answer?: MockAnswer;
  /** Whether Nova has it, whatever comes of the answer. @default true */
  arrives?: boolean;
  /** The status of its record at the end; but for `completed`, the server stays on its source. @default "completed" */
  ends?: "completed" | "failed";
}

/** The recorded Zed cloud in which the article's server with two volumes moves from node-28 to node-31. */
export function scriptMove(mock: MockCloud, options: MoveOptions = {}): MockCloud {
  const state = { looks: options.looks ?? 3, posted: false };
  const { ends = "completed" } = options;
  const on = () => (ends === "completed" && state.posted && state.looks <= 0 ? "node-31" : "node-28");
  const providers = new Map(
    (fixture("hypervisors-2.87") as { hypervisors: { id: string; service: { host: string } }[] }).hypervisors.map(
      ({ id, service }) => [service.host, id],
    ),
  );
  const provider = () => providers.get(on()) ?? "";
  const moving = () => state.posted && state.looks > 0;
  const looked = () => {
    if (state.posted) state.looks -= 1;
  };
  const server: MockReply = () => {
    const place = {
      "OS-EXT-SRV-ATTR:host": on(),
      "OS-EXT-SRV-ATTR:hypervisor_hostname": on(),
      "OS-EXT-AZ:availability_zone": on() === "node-31" ? "nova2" : "nova",
      "OS-EXT-STS:task_state": moving() ? "migrating" : null,
      status: moving() ? "MIGRATING" : "ACTIVE",
    };
    return { body: changed("server-2.93", "server", place) };
  };
  const volume = (call: MockCall) => {
    const { volumes } = moved("volumes-3.70", on()) as { volumes: { id: string }[] };
    return { body: { volume: volumes.find(({ id }) => call.path.endsWith(id)) } };
  };
  const resources = { MEMORY_MB: 128, VCPU: 1 };
  mock
    .answer("compute", `GET /servers/${MOVED}`, server)
    .answer("compute", "GET /os-services", { body: fixture("services-2.93") })
    .answer("compute", "GET /os-hypervisors/detail", { body: fixture("hypervisors-2.87") })
    .answer("compute", "GET /os-migrations", () => {
      looked();
      const migrations = state.posted ? [{ ...migration(), status: moving() ? "running" : ends }] : [];
      return { body: { migrations } };
    })
    .answer("compute", `GET /servers/${MOVED}/migrations/1`, () => {
      looked();
      return moving() ? { body: fixture("server-migration-2.93") } : { status: 404 };
    })
    .answer("compute", `POST /servers/${MOVED}/action`, () => {
      state.posted = options.arrives ?? true;
      return options.answer ?? { status: 202, headers: { "x-openstack-request-id": "req-moved" } };
    })
    .answer("block-storage", "GET /attachments/detail", { body: fixture("attachments-3.70") })
    .answer("network", "GET /v2.0/ports", () => ({ body: moved("ports", on()) }))
    .answer("placement", `GET /allocations/${MOVED}`, () => ({
      body: { allocations: { [provider()]: { resources } } },
    }))
    .answer("placement", `GET /allocations/${String(migration()["uuid"])}`, { body: { allocations: {} } })
    .answer("placement", "GET /allocation_candidates", { body: fixture("allocation-candidates-1.39") });
  for (const { id } of (fixture("ports") as { ports: { id: string }[] }).ports) {
    const bindings = () => ({ body: { bindings: [{ host: on(), status: "ACTIVE" }] } });
    mock.answer("network", `GET /v2.0/ports/${id}/bindings`, bindings);
  }
  for (const id of VOLUMES) mock.answer("block-storage", `GET /volumes/${id}`, volume);
  return mock;
}

const migration = (): Json => (fixture("migrations-2.93") as { migrations: Json[] }).migrations[0] ?? {};
