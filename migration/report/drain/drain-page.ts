import type { DrainDocument } from "../../contract/drain.ts";
import { EXIT_CLOUD, EXIT_CODES } from "../../contract/record.ts";
import { html, Markup } from "../../../text/html.ts";
import { framed } from "../framed.ts";
import { note, rows, section, table } from "../markup.ts";
import { drawGantt } from "./drain-gantt.ts";
import { ganttBars, hostCards, longestDowntimes, type HostCard } from "./drain-picture.ts";
import { DRAIN_STYLE } from "./drain-style.ts";

/** Servers that a host's card names. */
const MOST_CHIPS = 30;
const MOST_DOWNTIMES = 10;

const TONES: Partial<Record<number, { text: string; tone: "good" | "bad" | "open" }>> = {
  0: { text: "proven empty", tone: "good" },
  [EXIT_CODES.refused]: { text: "refused, nothing was changed", tone: "bad" },
  [EXIT_CODES["still-running"]]: { text: "not proven empty", tone: "open" },
  [EXIT_CLOUD]: { text: "the cloud went away", tone: "open" },
};
const NOT_EMPTY = { text: "not empty, or a human must look", tone: "bad" } as const;

const percent = (share: number) => Math.min(100, Math.max(0, Math.round(share * 100)));

function card({ host, zone, state, isDrained, servers, loads }: HostCard): Markup {
  const shown = servers.slice(0, MOST_CHIPS);
  const more = servers.length - shown.length;
  return html`<div class="host ${isDrained ? "drained" : ""}">
    <h3>${host}</h3>
    <p class="${isDrained ? state : ""}">
      ${zone ?? "zone not visible"}; ${servers.length} ${servers.length === 1 ? "server" : "servers"} of this
      drain${state === "" ? "" : `; ${state}`}
    </p>
    ${loads.map(
      ({ name, share, text }) =>
        html`<div class="load" title="${text}">
          <span>${name}</span><i><b style="width: ${percent(share)}%"></b></i>
        </div>`,
    )}
    <ul>
      ${shown.map(({ name, wrong }) => html`<li class="${wrong ? "wrong" : ""}">${name}</li>`)}
      ${more > 0 ? html`<li class="more">and ${more} more</li>` : html``}
    </ul>
  </div>`;
}

const cards = (document: DrainDocument, when: "before" | "after") =>
  html`<div class="hosts">${hostCards(document, when).map(card)}</div>`;

function timeline(document: DrainDocument): Markup {
  const bars = ganttBars(document);
  if (bars.length === 0) return note("No move was begun.");
  const legend = html`<p class="note legend">
    <span><i style="background: #3b82c4"></i>moved and verified</span>
    <span><i style="background: #c08a1e"></i>refused, or not ended</span>
    <span><i style="background: #d0473c"></i>failed, or a human must look</span>
    <span><i style="background: #e4572e"></i>guest silent</span>
  </p>`;
  return html`${legend}
    <div class="wide">${drawGantt(bars)}</div>`;
}

function downtimes({ moves }: DrainDocument): Markup {
  const longest = longestDowntimes(moves, MOST_DOWNTIMES);
  if (longest.length === 0) return note("No downtime was measured: `--guest` does.");
  return table(
    ["Server", "From", "To", "Downtime"],
    rows(longest.map(({ server, from, to, milliseconds }) => [server.name, from, to, `${milliseconds} ms`])),
  );
}

function leftovers({ hosts }: DrainDocument): Markup {
  const all = hosts.flatMap(({ host, leftovers: left }) => left.map((one) => ({ host, ...one })));
  if (all.length === 0) return note("Nothing was found on the hosts.");
  const body = all.map(({ host, kind, id, name, status, problem, fix, asRequested }) => [
    host,
    name === null ? `${kind} ${id}` : html`${kind} ${name}<br /><small>${id}</small>`,
    status ?? "not known",
    asRequested ? `${problem} (as requested)` : problem,
    fix,
  ]);
  return table(
    ["Host", "What", "Status", "Problem", "Fix"],
    rows(body, () => "failed"),
  );
}

function proof({ hosts }: DrainDocument): Markup {
  const body = hosts.flatMap(({ host, checks }) =>
    checks.map(({ check, expected, observed, outcome, reason }) => ({
      outcome,
      cells: [host, html`<b>${outcome}</b>`, check, expected, observed, reason ?? ""],
    })),
  );
  if (body.length === 0) return note("Nothing was checked: the drain changed nothing.");
  return table(
    ["Host", "", "Check", "Expected", "Observed", "Why"],
    rows(
      body.map(({ cells }) => cells),
      (i) => body[i]?.outcome ?? "",
    ),
  );
}

const allMoves = ({ moves }: DrainDocument): Markup =>
  html`<details>
    <summary>All moves (${moves.length})</summary>
    ${table(
      ["Server", "From", "To", "Result", "What happened"],
      rows(
        moves.map(({ server, from, to, result, message }) => [
          html`${server.name}<br /><small>${server.id}</small>`,
          from,
          to,
          result,
          message,
        ]),
        (i) => (moves[i]?.exitCode === 0 ? "" : "failed"),
      ),
    )}
  </details>`;

/**
 * One self-contained page about a drain: no script, and nothing that is loaded from elsewhere. Pure.
 *
 * @example await writeFile("drain.html", drainPage(document))
 */
export function drainPage(document: DrainDocument): string {
  const { text, tone } = TONES[document.exitCode] ?? NOT_EMPTY;
  const names = document.hosts.map(({ host }) => host).join(", ");
  const { startedAt, finishedAt, totalSeconds } = document.timings;
  const requests = `${document.requests.total} requests in ${totalSeconds.toFixed(1)} s`;
  const head = { title: `Drain of ${names}`, outcome: text, tone, summary: document.summary, style: DRAIN_STYLE };
  return framed(
    head,
    html`
      ${section("Hosts before", cards(document, "before"))} ${section("Hosts after", cards(document, "after"))}
      ${section("Moves", html`${timeline(document)}${allMoves(document)}`)}
      ${section("Longest downtimes", downtimes(document))} ${section("Leftovers", leftovers(document))}
      ${section("Proof", proof(document))} ${section("Facts", note(`${startedAt} to ${finishedAt}; ${requests}`))}
    `,
  );
}
