/** What a comment is about. */
export type Subject = "preview" | "up";

/**
 * The first line of a comment, which nobody sees: by it the comment is found again, and updated in place. One for each
 * stack. Pure.
 */
export function marker(subject: Subject, stack: string): string {
  // "--" would end the HTML comment.
  return `<!-- openstack-live-migration:${subject}:${encodeURIComponent(stack.toWellFormed()).replaceAll("-", "%2D")} -->`;
}
