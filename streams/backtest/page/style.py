"""The style of the page: light and dark, on a telephone and on paper."""

STYLE = """
:root { color-scheme: light dark;
  --ink: #1c2024; --dim: #60646c; --line: #d9d9e0; --paper: #ffffff; --card: #f9f9fb;
  --good: #2b7a3f; --bad: #c62a2f; --unsure: #8f6200;
  --c0: #0a62c9; --c1: #b3490b; --c2: #1e7c55; --c3: #8b3fb8; --c4: #a5730b; --plain: #8b8d98; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #edeef0; --dim: #b0b4ba; --line: #3a3f45; --paper: #121315; --card: #1a1c1f;
  --good: #63c174; --bad: #ff8d8d; --unsure: #f0b849;
  --c0: #70b8ff; --c1: #ff9b57; --c2: #5fd3a3; --c3: #d19dff; --c4: #f5d266; --plain: #8b8d98; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.25rem 1rem 4rem; }
h1 { font-size: 1rem; font-weight: 600; color: var(--dim); margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; line-height: 1.25; margin: 2.75rem 0 .25rem; padding-top: 1.25rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.75rem 0 .25rem; }
p { margin: .4rem 0 .8rem; max-width: 46rem; }
.says { list-style: none; margin: 0 0 1rem; padding: 0; }
.says li { font-size: 1.35rem; line-height: 1.3; font-weight: 650; margin: 0 0 .35rem; }
.says small { display: block; font-size: .9rem; font-weight: 400; color: var(--dim); }
.dim { color: var(--dim); font-size: .9rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .unsure { color: var(--unsure); }
.two { display: grid; gap: 0 2rem; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); }
.two > section h3 { margin-top: .75rem; }
ul { padding-left: 1.1rem; margin: .4rem 0; max-width: 46rem; } li { margin: .3rem 0; }
.notes { border-left: 3px solid var(--unsure); background: var(--card); padding: .4rem .9rem; margin: 1rem 0; }
.notes ul { list-style: none; padding: 0; }
.scroll { overflow-x: auto; margin: .5rem 0 1rem; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; min-width: 100%; }
caption { text-align: left; font-weight: 600; padding: 0 0 .35rem; }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--dim); } th:first-child, td:first-child { text-align: left; padding-left: 0; }
td small { display: block; color: var(--dim); white-space: nowrap; }
tr.self td { font-weight: 650; }
figure { margin: .5rem 0 1.25rem; } figcaption { font-size: .9rem; color: var(--dim); max-width: 46rem; }
svg { display: block; width: 100%; height: auto; max-width: 32rem; overflow: visible; }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: var(--ink);
  paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
svg .tick { fill: var(--dim); } svg .grid { stroke: var(--line); stroke-width: 1; }
svg .half { stroke: var(--bad); stroke-width: 1.25; stroke-dasharray: 4 3; }
svg .range { stroke-width: 3; stroke-linecap: round; opacity: .45; } svg .bar { opacity: .8; fill: var(--c0); }
details { margin: .75rem 0; } summary { cursor: pointer; color: var(--dim); }
@media print { :root { color-scheme: light; } body { font-size: 10pt; } main { max-width: none; padding: 0; }
  h2 { break-before: auto; break-after: avoid; } h3, caption { break-after: avoid; } figure, tr { break-inside: avoid; }
  .scroll { overflow: visible; } details::details-content { content-visibility: visible; height: auto; } }
@media (max-width: 34rem) { body { font-size: 15px; } .says li { font-size: 1.15rem; }
  th, td { padding: .3rem .4rem; } }
"""
