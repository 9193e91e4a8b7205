import * as pulumi from "@pulumi/pulumi";
import { allConfig } from "@pulumi/pulumi/runtime/config.js";
import { InvalidInputError } from "../openstack/problems.ts";
import { parseEntries } from "./file/entries.ts";
import { parseStackConfig } from "./parse.ts";
import type { StackConfig } from "./schema.ts";

/**
 * The running stack's configuration.
 *
 * @throws {pulumi.RunError} listing every problem (Pulumi shows it without a stack trace)
 */
export function loadConfig(): StackConfig {
  try {
    return parseStackConfig(parseEntries(pulumi.getProject(), allConfig()));
  } catch (error) {
    throw error instanceof InvalidInputError ? new pulumi.RunError(error.message) : error;
  }
}
