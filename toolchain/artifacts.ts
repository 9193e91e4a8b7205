import type { Versions } from "./versions.ts";

/** One `go build`. */
export interface Artifact {
  title: string;
  /** Folder of the Go module, from the repository. */
  module: string;
  /** What `go build` is given, and the file that comes out, from the folder of all. */
  target: { package: string; file: string };
  /** Go string variables that are set when linking, such as versions. */
  variables: Record<string, string>;
}

/**
 * Everything that the vendor's site would have delivered. The language hosts have to lie beside the CLI; the plugins must
 * not, since the CLI warns of plugins that it finds on PATH.
 */
export function artifacts({ cli, plugins }: Versions): Artifact[] {
  const sdkVersion = { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": cli };
  const pulumi = "toolchain/pulumi";
  const version = (plugin: string): string => plugins.find(({ name }) => name === plugin)?.version ?? "";
  return [
    {
      title: `Pulumi CLI ${cli}`,
      module: pulumi,
      target: { package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", file: "bin/pulumi" },
      variables: sdkVersion,
    },
    {
      title: "Node.js language host",
      module: pulumi,
      target: { package: "./pulumi-language-nodejs", file: "bin/pulumi-language-nodejs" },
      variables: { "main.version": cli },
    },
    {
      title: "Go language host",
      module: pulumi,
      target: { package: "./pulumi-language-go", file: "bin/pulumi-language-go" },
      variables: { "main.version": cli },
    },
    {
      title: "YAML language host",
      module: pulumi,
      target: { package: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml", file: "bin/pulumi-language-yaml" },
      variables: {},
    },
    {
      title: `command plugin ${version("command")}`,
      module: pulumi,
      target: { package: "./pulumi-resource-command", file: "plugins/pulumi-resource-command" },
      variables: { "main.version": version("command") },
    },
    {
      title: `openstack plugin ${version("openstack")}`,
      module: "toolchain/openstack",
      target: { package: ".", file: "plugins/pulumi-resource-openstack" },
      variables: { "main.version": version("openstack") },
    },
  ];
}

/** Arguments of `go build` for one artifact: reproducible, without debug tables, with nothing of the checkout in it. */
export function goBuildArguments(artifact: Artifact, folder: string): string[] {
  const link = Object.entries(artifact.variables).map(([name, value]) => `-X ${name}=${value}`);
  return [
    "build",
    "-v", // names packages as they are compiled: the progress
    "-trimpath",
    "-buildvcs=false",
    `-ldflags=${["-s", "-w", ...link].join(" ")}`,
    "-o",
    `${folder}/${artifact.target.file}`,
    artifact.target.package,
  ];
}
