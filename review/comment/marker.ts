/** What a comment is about. */
export type Subject = "preview" | "up";

/**
 * The first, invisible line of a comment, by which the comment is found and updated in place. One for each stack. Pure.
 */
export function marker(subject: Subject, stack: string): string {
  // "--" would end the HTML comment.
  return `<!-- openstack-live-migration:${subject}:${encodeURIComponent(stack.toWellFormed()).replaceAll("-", "%2D")} -->`;
}
