import { STYLE } from "../style.ts";

/** The look of a drain's page: as that of a move, and dark where the reader's system is. */
export const DRAIN_STYLE = `${STYLE}
:root { color-scheme: light dark; }
.hosts { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 10px; }
.host { border: 1px solid #c3cad3; border-radius: 8px; padding: 8px 10px; overflow-wrap: anywhere; }
.host.drained { border-width: 2px; border-color: #7a6bb0; }
.host h3 { margin: 0; font-size: 14px; }
.host p { margin: 2px 0 6px; font-size: 12px; color: #5b6672; }
.host p.empty { color: #22754a; font-weight: 600; }
.host p.draining, .host p.open { color: #b3322a; font-weight: 600; }
.host p.unproven { color: #9a6a10; font-weight: 600; }
.host ul { display: flex; flex-wrap: wrap; gap: 3px; margin: 6px 0 0; padding: 0; list-style: none; }
.host li { padding: 1px 6px; border-radius: 4px; font-size: 11px; background: #2f7fc1; color: #fff; }
.host li.wrong { background: #b3322a; }
.host li.more { background: none; color: #5b6672; }
.load { display: grid; grid-template-columns: 74px 1fr; gap: 6px; align-items: center; font-size: 11px; color: #5b6672; }
.load i { display: block; height: 6px; border-radius: 3px; background: #d5dbe2; overflow: hidden; }
.load b { display: block; height: 100%; background: #3b82c4; }
.legend span { margin-right: 14px; } .legend i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 4px; }
details { margin-top: 12px; } summary { cursor: pointer; }
@media (prefers-color-scheme: dark) {
  :root { color: #dde3ea; background: #12161b; }
  section { background: #1b2128; box-shadow: none; }
  th, dt, small, .note, figcaption, .host p, .host li.more, .load { color: #9aa7b4; }
  th, td { border-bottom-color: #313a44; }
  pre { background: #12161b; }
  .host { border-color: #3d4854; } .host.drained { border-color: #9a8cd0; }
  .load i { background: #313a44; }
  .host p.empty, tr.passed b { color: #5cc48d; } .host p.draining, .host p.open { color: #f0857c; } .host p.unproven { color: #e0b04a; }
  tr.failed td, tr.blocker td { background: #3a2020; } tr.failed b, tr.blocker td:first-child { color: #f0857c; }
  tr.not-checked b, tr.warning td:first-child { color: #e0b04a; }
}
`;
