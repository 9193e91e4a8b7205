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
  /** Packages of both profiles, installed without recommended ones. */
  readonly packages: readonly string[];
  /** Packages of which only the files are needed (paste pipelines, schemas): unpacked below {@link UNPACKED}. */
  readonly unpacked: readonly string[];
  /** Package that depends on the guests' kernel, which is unpacked below {@link KERNEL}. */
  readonly kernel: string;
}

/** Where a tree keeps the files of its `unpacked` packages. */
export const UNPACKED = "opt/lab";
/** Where a tree keeps the guests' kernel and its modules. */
export const KERNEL = "opt/kernel";

/** How the guest profile connects guests. */
export type GuestNetworking =
  | { readonly kind: "linuxbridge" }
  | {
      readonly kind: "ovn";
      /** Entry point of Neutron's maintenance worker: `module:function`. */
      readonly maintenance: string;
    };

export interface Release {
  /** For people. */
  readonly title: string;
  /** Newest microversion of its compute API. */
  readonly computeApi: string;
  readonly profiles: readonly ("guest" | "fleet")[];
  /** Undefined: Debian 12's packages are installed on the machine itself. */
  readonly tree: TreeRecipe | undefined;
  readonly networking: GuestNetworking;
  readonly entries: Readonly<Record<ApiService, Entry>>;
  /** Name of MySQL's three-byte UTF-8 in connection URLs. */
  readonly charset: "utf8" | "utf8mb3";
}
