import { sh } from "../../text/shell.ts";
import { providerUrn } from "./import-file.ts";

/** The commands to run, in this order, once the server is in the stack's file. */
export function importCommands(stack: string, file: string): string[] {
  // The names within a stack's state have no organization.
  const short = stack.split("/").at(-1) ?? stack;
  return [
    sh`pulumi up --stack ${stack} --target ${providerUrn(short)}`,
    sh`pulumi import --stack ${stack} --file ${file} --generate-code=false`,
    sh`pulumi preview --stack ${stack}`,
  ];
}
