/** The page's look; prints well, and needs no font but the system's. */
export const STYLE = `
:root { color-scheme: light; font: 15px/1.45 system-ui, "DejaVu Sans", sans-serif; color: #1f2730; background: #eef1f5; }
body { margin: 0 auto; max-width: 1040px; padding: 24px 16px; }
header { border-radius: 10px; padding: 18px 24px; color: #fff; background: #5b6672; overflow-wrap: anywhere; }
header.good { background: #22754a; }
header.bad { background: #b3322a; }
header.open { background: #9a6a10; }
header h1 { margin: 2px 0 8px; font-size: 26px; }
header p { margin: 0; }
.outcome { text-transform: uppercase; letter-spacing: .08em; font-size: 13px; font-weight: 600; }
section { margin-top: 16px; padding: 14px 24px 20px; background: #fff; border-radius: 10px; box-shadow: 0 1px 2px #0002; }
h2 { margin: 0 0 12px; font-size: 17px; }
svg { max-width: 100%; height: auto; display: block; overflow: visible; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 32px; }
figure { margin: 0; }
figcaption { margin-bottom: 6px; font-weight: 600; color: #5b6672; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 13px; }
th { text-align: left; color: #5b6672; font-weight: 600; }
th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid #e3e7ec; vertical-align: top; overflow-wrap: anywhere; }
td:first-child { white-space: nowrap; }
small { color: #5b6672; }
tr.failed td, tr.blocker td { background: #fdecea; }
tr.failed b, tr.blocker td:first-child { color: #b3322a; }
tr.not-checked b, tr.warning td:first-child { color: #9a6a10; }
tr.passed b { color: #22754a; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 10px 24px; margin: 0 0 16px; }
dt { color: #5b6672; font-size: 12px; }
dd { margin: 0; overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: 12px; background: #f3f5f8; border-radius: 6px; font-size: 12px; }
.note { margin: 0; color: #5b6672; }
@media print { body { max-width: none; } section { break-inside: avoid; box-shadow: none; } }
`;
