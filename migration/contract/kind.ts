import * as z from "zod/mini";

/** How a server is moved, as documents name it, and in words. */
const WORDS = {
  /** The guest runs on; its disks are volumes. */
  "live-volume-backed": "live, volume-backed",
  /** The guest runs on; Nova decides whether its hosts share its local disks, and copies them if not. */
  "live-local-disks": "live, disks shared or copied (Nova decides)",
  /** The guest is shut down while it moves, or was before. */
  cold: "cold",
} as const;
export type Kind = keyof typeof WORDS;

/** In documents: a {@link Kind}, or one that only a later version knows. */
export const KindSchema = z.string();

/** @example describeKind("live-volume-backed") // "live, volume-backed" */
export const describeKind = (kind: string): string => (kind in WORDS ? WORDS[kind as Kind] : kind);
