/** What sets one OpenStack release apart from another in the lab. Everything else is the same for all of them. */

/** How one of OpenStack's APIs is started. */
export type Entry =
  /** A WSGI script that the package installs, under uwsgi. */
  | { readonly script: string }
  /** A module with a WSGI `application`, under uwsgi. */
  | { readonly wsgi: string }
  /** A module with a `main()`, by itself. */
  | { readonly main: string };

/** The APIs whose entry points differ between releases. */
export type ApiService = "keystone" | "placement" | "nova-api" | "neutron-server" | "glance-api" | "cinder-api";

/** A root file system of the lab's own, made of a Debian suite. */
export interface TreeRecipe {
  /** Debian's name of the suite. */
  readonly suite: string;
  /** Packages of the fleet profile, installed without recommended ones. */
  readonly packages: readonly string[];
  /** Packages of which only the files are needed (paste pipelines, schemas): unpacked below {@link UNPACKED}. */
  readonly unpacked: readonly string[];
}

/** Where a tree keeps the files of its `unpacked` packages. */
export const UNPACKED = "opt/lab";

export interface Release {
  /** For people. */
  readonly title: string;
  /** Newest microversion of its compute API. */
  readonly computeApi: string;
  readonly profiles: readonly ("guest" | "fleet")[];
  /** Undefined: Debian 12's packages are installed on the machine itself. */
  readonly tree: TreeRecipe | undefined;
  readonly entries: Readonly<Record<ApiService, Entry>>;
  /** Name of MySQL's three-byte UTF-8 in connection URLs. */
  readonly charset: "utf8" | "utf8mb3";
}
