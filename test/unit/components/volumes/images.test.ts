/** Failed image look-ups, with the messages of the provider (terraform-provider-openstack 1.54.1). */
import { expect, it } from "vitest";
import { imageTrouble } from "../../../../components/volumes/images.ts";

const said = (words: string) => `invoking openstack:images/getImage:getImage: 1 error occurred:\n\t* ${words}\n\n`;

it("reports a missing image only if the cloud says so", () => {
  const words = "Your query returned no results. Please change your search criteria and try again.";
  const { warning, instead } = imageTrouble("debian-12", said(words));
  expect(warning).toMatch(/^image debian-12 was not found \(Your query returned no results\. .*openstack image list/);
  expect(instead).toBe("no image named debian-12");
});

it.each([
  'Error creating OpenStack image client: Post "http://127.0.0.1:9/v3/auth/tokens": dial tcp: connection refused',
  "Error creating OpenStack image client: Authentication failed",
  "Unable to query images: Internal Server Error",
  "Unable to retrieve images: unexpected end of JSON input",
  "",
])("reports an unchecked image if the look-up fails: %s", (words) => {
  const { warning, instead } = imageTrouble("debian-12", words && said(words));
  expect(warning).toMatch(/^image debian-12 was not checked: the image lookup failed /);
  expect(warning).toContain(words === "" ? "(no reason given)" : `(${words})`);
  expect(warning + instead).not.toMatch(/not found|no image named|openstack image list/);
});
