import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { Markup } from "../../text/html.ts";
import { visible } from "../../text/visible.ts";

/** A document to draw in. Its types would bring a browser's globals into every file, so it goes without. */
const { document } = parseHTML("<!doctype html><html><body></body></html>") as unknown as { document: never };

const STYLE = { fontFamily: "inherit", fontSize: "12px", background: "none" };

interface Drawn {
  setAttribute(name: string, value: string): void;
  outerHTML: string;
}

/** Plot makes a DOM element; its text is used. `label` must hold no names, because attributes are barely escaped. */
export function svg(label: string, options: Plot.PlotOptions): Markup {
  const element = Plot.plot({ ...options, document, style: STYLE }) as unknown as Drawn;
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", label);
  return new Markup(visible(element.outerHTML.replaceAll("\n", " ")));
}
