import { join } from "node:path";
import { labPaths } from "../../lab/api.ts";
import { startEngine } from "../support/lab/run-engine.ts";
import { FaultProxy, type ProxyLogEntry } from "../support/http/fault-proxy.ts";
import type { AttemptSeen, RequestSeen } from "./observation.ts";
import { SERVER_ACTION, type Attempt, type Kill, type Move } from "./schedule.ts";

/** So long the engine may take to end once Nova has nothing under way (its longest waits are a minute each). Milliseconds. */
const LONGEST_END = 180_000;
/** How often it is asked whether Nova has. Milliseconds. */
const ASKED_EVERY = 5_000;
/** So long someone waits while things go wrong; then they kill it and start it again. Milliseconds. */
const IMPATIENCE = 15_000;

/** An attempt whose truth has not been looked at. */
export type Ended = Omit<AttemptSeen, "truth" | "requests"> & {
  stdout: string;
  /** Read late: the proxy may still forward what a killed engine has sent. */
  requests: () => RequestSeen[];
};

/** The path of one engine at a time to the cloud, with faults of its own. */
export class Lane {
  readonly #proxy: FaultProxy;
  readonly #cloudsFile: string;

  private constructor(proxy: FaultProxy, cloudsFile: string) {
    this.#proxy = proxy;
    this.#cloudsFile = cloudsFile;
  }

  /** @param folder for a clouds.yaml, which holds a password */
  static async open(folder: string, number: number): Promise<Lane> {
    const file = join(folder, `lane-${number}.yaml`);
    return new Lane(await FaultProxy.forClouds(labPaths().cloudsFile, file), file);
  }

  close(): Promise<void> {
    return this.#proxy.close();
  }

  /** Lets the requests of the coming attempts go wrong as the move says. */
  arm({ faults }: Pick<Move, "faults">): void {
    this.liftFaults();
    for (const { match, action } of faults) this.#proxy.add(match, action);
  }

  /** Lets everything go right again. */
  liftFaults(): void {
    this.#proxy.clear();
  }

  /** One start while things go wrong. */
  attempt(wish: string[], { kill, options }: Attempt): Promise<Ended> {
    return this.#run([...wish, ...options], kill, AbortSignal.timeout(IMPATIENCE));
  }

  /**
   * One start that is left alone for as long as Nova is busy with the server, which on a loaded machine may be minutes.
   *
   * @param longest Nova will never end what takes longer, in milliseconds
   */
  async plain(wish: string[], busy: () => Promise<boolean>, longest: number): Promise<Ended> {
    const enough = new AbortController();
    const ended = this.#run(wish, null, enough.signal);
    const began = Date.now();
    let idleSince = began;
    let hung = false;
    const watch = setInterval(() => {
      void busy().then(
        (isBusy) => {
          if (isBusy) idleSince = Date.now();
          hung = Date.now() - idleSince > LONGEST_END;
          if (hung || (isBusy && Date.now() - began > longest)) enough.abort();
        },
        // A cloud that does not answer keeps the engine busy, too.
        () => (idleSince = Date.now()),
      );
    }, ASKED_EVERY);
    try {
      return { ...(await ended), hung };
    } finally {
      clearInterval(watch);
    }
  }

  async #run(wish: string[], kill: Kill | null, impatience: AbortSignal): Promise<Ended> {
    const log = this.#proxy.log;
    const from = log.length;
    const engine = startEngine(wish, { OS_CLIENT_CONFIG_FILE: this.#cloudsFile });
    const signals: string[] = [];
    const timers: NodeJS.Timeout[] = [];
    let running = true;
    const send = (signal: NodeJS.Signals) => {
      if (running && engine.kill(signal)) signals.push(signal);
    };
    const later = (ms: number, signal: NodeJS.Signals) => {
      timers.push(setTimeout(send, ms, signal));
    };
    impatience.addEventListener("abort", () => {
      send("SIGKILL");
    });
    if (kill) this.#aim(kill, send, later);
    const { exitCode, record, stdout, stderr } = await engine.ended;
    running = false;
    timers.forEach(clearTimeout);
    const sent = log.slice(from).filter(isServerAction);
    return {
      exitCode: exitCode ?? null,
      signals,
      hung: false,
      destination: record?.destination.host ?? null,
      source: record?.source.host ?? null,
      migration: record?.migration?.id ?? null,
      stdout,
      words: record?.summary ?? stderr.trim().split("\n").at(-1) ?? "",
      requests: () => sent.map(requestSeen),
    };
  }

  #aim(
    { signal, at, againAfterMs }: Kill,
    send: (signal: NodeJS.Signals) => void,
    later: (ms: number, signal: NodeJS.Signals) => void,
  ): void {
    const strike = () => {
      send(signal);
      if (againAfterMs !== undefined) later(againAfterMs, signal);
    };
    if ("action" in at) this.#proxy.add({ ...SERVER_ACTION, nth: at.action }, { kind: "nothing" }, strike);
    else if ("request" in at) this.#proxy.add({ nth: at.request }, { kind: "nothing" }, strike);
    else {
      later(at.ms, signal);
      if (againAfterMs !== undefined) later(at.ms + againAfterMs, signal);
    }
  }
}

const isServerAction = ({ method, path }: ProxyLogEntry): boolean =>
  method === SERVER_ACTION.method && SERVER_ACTION.path.test(path);

function requestSeen({ action = "", fault, status, answered }: ProxyLogEntry): RequestSeen {
  return { action, fault: fault ?? null, faultStatus: answered ?? null, status: status ?? null };
}
