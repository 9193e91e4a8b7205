// Pulumi requires this file: it looks for the declarations in the index.ts beside it. Node.js runs the TypeScript itself.
import "./host.ts";
