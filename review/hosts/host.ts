/** A comment where a change is reviewed. */
export interface Comment {
  id: string;
  body: string;
  /** Who wrote it. */
  author: string;
}

/** The discussion of one pull or merge request. */
export interface Discussion {
  /** For people. @example "pull request 7 of acme/cloud" */
  title: string;
  /** The account that this program writes as, whose comments alone it changes; null: whoever's the token is. */
  author: string | null;
  comments(): Promise<Comment[]>;
  create(body: string): Promise<void>;
  update(id: string, body: string): Promise<void>;
}

/** A required variable of the CI environment. */
export class NoDiscussion extends Error {
  override name = "NoDiscussion";
}

/**
 * This program's comment with a marker. Anybody can write one that begins with it: the verdict must not be in a comment
 * that others can edit, nor be read from theirs.
 */
export async function ownComment(discussion: Discussion, marker: string): Promise<Comment | undefined> {
  const { author } = discussion;
  return (await discussion.comments()).find(
    (comment) => comment.body.split(/\r?\n/, 1)[0] === marker && (author === null || comment.author === author),
  );
}

/** A variable that CI sets. @throws {NoDiscussion} naming it */
export function needed(env: NodeJS.ProcessEnv, name: string, what: string): string {
  const value = env[name];
  if (value === undefined || value === "") throw new NoDiscussion(`${name} is not set. Fix: ${what}`);
  return value;
}

/**
 * Puts `body` where its marker is already, else at the end. Its first line is the marker.
 *
 * @returns what was done
 */
export async function put(discussion: Discussion, body: string): Promise<"created" | "updated"> {
  const [marker = ""] = body.split("\n", 1);
  const mine = await ownComment(discussion, marker);
  if (mine === undefined) {
    await discussion.create(body);
    return "created";
  }
  await discussion.update(mine.id, body);
  return "updated";
}
