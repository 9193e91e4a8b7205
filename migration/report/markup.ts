import { html, type Markup } from "../../text/html.ts";

/** Table rows. @param className of each */
export const rows = (values: readonly (readonly (string | Markup)[])[], className?: (i: number) => string) =>
  values.map(
    (cells, i) =>
      html`<tr class="${className?.(i) ?? ""}">
        ${cells.map((cell) => html`<td>${cell}</td>`)}
      </tr>`,
  );

export const table = (heads: readonly string[], body: readonly Markup[]) =>
  html`<div class="wide">
    <table>
      <thead>
        <tr>
          ${heads.map((head) => html`<th>${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;

export const section = (title: string, body: Markup) =>
  html`<section>
    <h2>${title}</h2>
    ${body}
  </section>`;

export const note = (text: string) => html`<p class="note">${text}</p>`;
