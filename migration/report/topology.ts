import type { MigrationRecord, Place } from "../contract/record.ts";
import type { Trace } from "./trace-data.ts";

/** A box to draw; the origin is top left, units are pixels. */
export interface Box {
  kind: "zone" | "host" | "server" | "volume" | "note";
  text: string;
  /** A second, smaller line. */
  detail: string;
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

/** A volume's attachment: from the host or server that has it to the volume. */
export interface Link {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  /** `false`: on a host where the server is not. */
  right: boolean;
}

export interface Topology {
  width: number;
  height: number;
  boxes: Box[];
  links: Link[];
}

const WIDTH = 460;
const GAP = 12;
const TITLE = 26;
const HOST_HEIGHT = 78;
const VOLUME_HEIGHT = 46;
/** Hosts shown in each zone: those concerned, and some of their neighbours. */
const MOST_HOSTS = 4;
/** Volumes in a line. */
const VOLUMES_A_ROW = 3;

const UNKNOWN = "not visible";

/** Zones with their hosts: those that the move concerned, and the neighbours of these. Pure. */
function zonesOf({ source, destination, current }: MigrationRecord, trace: Trace): Map<string, string[]> {
  const zones = new Map<string, string[]>();
  const concerned = [source, destination, current].filter(({ host }) => host !== null);
  const neighbours = [...trace.hosts].sort((a, b) => a.host.localeCompare(b.host));
  const places: Pick<Place, "host" | "availabilityZone">[] = [...concerned, ...neighbours];
  for (const { host, availabilityZone } of places) {
    const zone = trace.hosts.find((other) => other.host === host)?.availabilityZone ?? availabilityZone ?? UNKNOWN;
    const known = zones.get(zone);
    if (known === undefined && !concerned.some((place) => place.host === host)) continue;
    zones.set(zone, [...new Set([...(known ?? []), host ?? UNKNOWN])]);
  }
  if (zones.size === 0) zones.set(UNKNOWN, [UNKNOWN]);
  return zones;
}

/** The picture of one moment: `on` is where the server is then. Pure. */
export function topology(record: MigrationRecord, trace: Trace, when: "before" | "after"): Topology {
  const on = (when === "before" ? record.source : record.current).host ?? UNKNOWN;
  const zones = zonesOf(record, trace);
  const boxes: Box[] = [];
  const zoneWidth = (WIDTH - GAP * (zones.size - 1)) / zones.size;
  const rows = Math.max(...[...zones.values()].map((hosts) => Math.min(hosts.length, MOST_HOSTS)));
  const crowded = [...zones.values()].some((hosts) => hosts.length > MOST_HOSTS);
  const zoneHeight = TITLE + rows * (HOST_HEIGHT + GAP) + (crowded ? TITLE : 0);
  [...zones].forEach(([zone, hosts], column) => {
    const x1 = column * (zoneWidth + GAP);
    const x2 = x1 + zoneWidth;
    boxes.push({ kind: "zone", text: zone, detail: "", x1, y1: 0, x2, y2: zoneHeight });
    // Sorted, so that both pictures show each host in the same place.
    const shown = hosts.slice(0, MOST_HOSTS).sort((a, b) => a.localeCompare(b));
    shown.forEach((host, row) => {
      const y1 = TITLE + row * (HOST_HEIGHT + GAP);
      boxes.push({ kind: "host", text: host, detail: "", x1: x1 + GAP, y1, x2: x2 - GAP, y2: y1 + HOST_HEIGHT });
    });
    const more = hosts.length - shown.length;
    if (more > 0) {
      const y1 = zoneHeight - TITLE - GAP / 2;
      boxes.push({ kind: "note", text: `and ${more} more`, detail: "", x1, y1, x2, y2: y1 + TITLE });
    }
  });
  const home = boxes.find(({ kind, text }) => kind === "host" && text === on);
  if (home) {
    const { x1, y1, x2, y2 } = home;
    const box = { x1: x1 + GAP, y1: y1 + TITLE, x2: x2 - GAP, y2: y2 - GAP };
    boxes.push({ kind: "server", text: record.server.name, detail: "", ...box });
  }
  const volumes = volumeBoxes(record, zoneHeight + 3 * GAP);
  return {
    width: WIDTH,
    height: Math.max(zoneHeight, ...volumes.map(({ y2 }) => y2)) + 2,
    boxes: [...boxes, ...volumes],
    links: record.volumes.flatMap(({ attachedHosts }, i) =>
      // What Cinder said at the end says nothing of the beginning.
      (when === "before" ? [on] : (attachedHosts ?? [on])).flatMap((host) => link(boxes, host, on, volumes[i])),
    ),
  };
}

function volumeBoxes({ volumes }: MigrationRecord, top: number): Box[] {
  const columns = Math.min(Math.max(volumes.length, 1), VOLUMES_A_ROW);
  const width = (WIDTH - GAP * (columns - 1)) / columns;
  return volumes.map(({ id, name, device, sizeGiB }, i) => {
    const x1 = (i % columns) * (width + GAP);
    const y1 = top + Math.floor(i / columns) * (VOLUME_HEIGHT + GAP);
    const size = sizeGiB === null ? "" : `${sizeGiB} GiB`;
    const detail = [device ?? "", size].filter(Boolean).join(", ");
    return { kind: "volume", text: name ?? id, detail, x1, y1, x2: x1 + width, y2: y1 + VOLUME_HEIGHT };
  });
}

function link(boxes: readonly Box[], host: string, on: string, volume: Box | undefined): Link[] {
  const from = boxes.find(({ kind, text }) => (host === on ? kind === "server" : kind === "host" && text === host));
  if (!from || !volume) return [];
  return [
    {
      x1: (from.x1 + from.x2) / 2,
      y1: from.y2,
      x2: (volume.x1 + volume.x2) / 2,
      y2: volume.y1,
      right: host === on,
    },
  ];
}
