/** How a lab connects its guests: by its release. */
import { releaseOf } from "../releases/index.ts";
import type { Lab } from "../settings.ts";
import { LINUXBRIDGE } from "./linuxbridge.ts";
import { NONE, type Networking } from "./networking.ts";
import { OVN } from "./ovn.ts";

const KINDS = { linuxbridge: LINUXBRIDGE, ovn: OVN };

export const networkingOf = (lab: Pick<Lab, "profile" | "release">): Networking =>
  lab.profile === "guest" ? KINDS[releaseOf(lab).networking.kind] : NONE;
