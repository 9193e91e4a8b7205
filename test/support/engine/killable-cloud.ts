import type { Edge } from "../../../migration/cloud/cloud-api.ts";

/** What a run that is killed "throws": no code of it runs on. */
export class Killed extends Error {
  override name = "Killed";
}

/**
 * An edge whose process dies at the n-th call: before the call is made, or after it took effect and before its answer
 * is seen. Calls made after that never end.
 *
 * @param call From 1.
 */
export function killedAt(edge: Edge, call: number, when: "before" | "after"): { edge: Edge; reached: () => boolean } {
  let calls = 0;
  const killable = new Proxy(edge, {
    get(target, name: keyof Edge) {
      const method = target[name].bind(target) as (...args: unknown[]) => unknown;
      if (name === "requestCount") return method;
      return async (...args: unknown[]) => {
        calls += 1;
        if (calls < call) return await method(...args);
        if (when === "after" && calls === call) await method(...args);
        throw new Killed();
      };
    },
  });
  return { edge: killable, reached: () => calls >= call };
}
