import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ownRedactor } from "../../../../review/secrets/known.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const auth = (password: string) => JSON.stringify({ clouds: { prod: { auth: { password } } } });

test("hides what the environment, clouds.yaml and the passwords kept apart from it have", async () => {
  const folder = tempFolder();
  const [clouds, secure] = [join(folder, "clouds.yaml"), join(folder, "secure.yaml")];
  await writeFile(clouds, auth("one-one-one"));
  await writeFile(secure, auth("two-two-two"));
  const hide = await ownRedactor({
    OS_CLIENT_CONFIG_FILE: clouds,
    OS_CLIENT_SECURE_FILE: secure,
    REVIEW_TOKEN: "three-three",
  });
  expect(hide("one-one-one, two-two-two and three-three")).toBe("[hidden], [hidden] and [hidden]");
});

test("is there although a file is no YAML", async () => {
  const clouds = join(tempFolder(), "clouds.yaml");
  await writeFile(clouds, ": [");
  const hide = await ownRedactor({ OS_CLIENT_CONFIG_FILE: clouds, REVIEW_TOKEN: "three-three" });
  expect(hide("three-three")).toBe("[hidden]");
});
