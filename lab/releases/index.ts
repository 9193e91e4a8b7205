/** The releases that a lab can be made of, by the name that `--release` takes. */
import { release20262 } from "./2026.2.ts";
import { epoxy } from "./epoxy.ts";
import type { Release } from "./release.ts";
import { zed } from "./zed.ts";

export const RELEASES = { zed, epoxy, "2026.2": release20262 } as const satisfies Record<string, Release>;
export type ReleaseName = keyof typeof RELEASES;
export const RELEASE_NAMES = Object.keys(RELEASES) as [ReleaseName, ...ReleaseName[]];

export const releaseOf = (lab: { readonly release: ReleaseName }): Release => RELEASES[lab.release];
