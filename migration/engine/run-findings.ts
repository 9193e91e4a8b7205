import { transientBlocker, transientWarning, warning } from "../plan/finding.ts";

export const guestSilent = (reason: string) =>
  transientWarning("guest-silent", {
    path: "guest",
    value: reason,
    problem: "the guest does not answer over ssh before the move, so nothing inside it will be compared",
    fix: "check user, address and key of `guest`, and that the guest has booted",
  });

export const interruptedBefore = () =>
  transientBlocker("interrupted", {
    path: "server",
    value: "interrupted",
    problem: "the run was interrupted before anything was sent to Nova",
    fix: "run this again",
  });

export const novaRefused = (answer: string) =>
  transientBlocker("nova-refused", {
    path: "server",
    value: answer,
    problem: `Nova refused the request: ${answer}`,
    fix: "nothing was moved; fix the reported cause, then run this again",
  });

export const pinMissing = (zone: string) =>
  warning("pin-missing", {
    path: "azPin",
    value: `unpinned, was pinned to ${zone}`,
    problem: `the server was unpinned for the move from ${zone}, and is left without its pin until a human has looked`,
    fix: "once the server is whole again, run this again: it pins the server to the zone where it is",
  });

export const pinOpen = (zone: string) =>
  warning("pin-missing", {
    path: "azPin",
    value: `unpinned, was pinned to ${zone}`,
    problem: `an earlier request unpinned the server from ${zone}, and it cannot be pinned again while Nova is at work on it`,
    fix: "run this again once that is over: it pins the server to the zone where it is",
  });
