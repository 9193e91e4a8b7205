import type { CloudApi } from "../../../migration/cloud/cloud-api.ts";

/** What a run that is killed "throws": no code of it runs on. */
export class Killed extends Error {
  override name = "Killed";
}

/**
 * An cloud whose process dies at the n-th call: before the call is made, or after it took effect and before its answer
 * is seen. Calls made after that never end.
 *
 * @param call From 1.
 */
export function killedAt(
  cloud: CloudApi,
  call: number,
  when: "before" | "after",
): { cloud: CloudApi; reached: () => boolean } {
  let calls = 0;
  const killable = new Proxy(cloud, {
    get(target, name: keyof CloudApi) {
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
  return { cloud: killable, reached: () => calls >= call };
}
