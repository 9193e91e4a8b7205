// Makes node_modules/.bin/node after an installation. The package for another processor has a command of the same name, and
// npm before 10 takes that away together with the package, which it may not install here. Plain JavaScript: it runs on
// whatever Node the machine has, before the new one can be found.
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";

const inside = `node-${process.platform}-${process.arch}/bin/node`;
const link = "node_modules/.bin/node";

if (existsSync(`node_modules/${inside}`) && !existsSync(link)) {
  mkdirSync("node_modules/.bin", { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(`../${inside}`, link);
}
