import { html, Markup } from "../../text/html.ts";

/** What stands at the top of a page. */
export interface PageHead {
  title: string;
  /** In a few words. */
  outcome: string;
  tone: "good" | "bad" | "open";
  /** One line for people. */
  summary: string;
  style: string;
}

/** One self-contained page: no script, and nothing that is loaded from elsewhere. Pure. */
export const framed = ({ title, outcome, tone, summary, style }: PageHead, main: Markup): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}: ${outcome}</title>
        <style>
          ${new Markup(style)}
        </style>
      </head>
      <body>
        <header class="${tone}">
          <p class="outcome">${outcome}</p>
          <h1>${title}</h1>
          <p>${summary}</p>
        </header>
        <main>${main}</main>
      </body>
    </html> `.text;
