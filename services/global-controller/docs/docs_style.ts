/** The style sheet of the page that describes the API. */
export const DOCS_STYLE = `
:root {
  color-scheme: light dark;
  --back: light-dark(#ffffff, #14171c);
  --raised: light-dark(#f4f6f8, #1c2128);
  --line: light-dark(#d5dae1, #333b46);
  --text: light-dark(#1a1f27, #e6e9ee);
  --quiet: light-dark(#55606f, #9aa6b5);
  --accent: light-dark(#0b5fc0, #76b1ff);
  font: 16px/1.5 system-ui, sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.page { display: grid; grid-template-columns: 17rem minmax(0, 1fr); max-width: 82rem; margin: auto; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem;
  border-right: 1px solid var(--line); font-size: 0.9rem; }
nav h2 { font-size: 0.8rem; margin: 1.2rem 0 0.3rem; color: var(--quiet); }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: 0.15rem 0.3rem; border-radius: 4px; color: inherit;
  text-decoration: none; overflow-wrap: anywhere; }
nav a:hover { background: var(--raised); }
label { display: block; font-weight: 600; margin-bottom: 0.3rem; }
input { width: 100%; padding: 0.5rem; font: inherit; color: inherit; background: var(--raised);
  border: 1px solid var(--quiet); border-radius: 6px; }
main { padding: 1.5rem 2rem 6rem; }
h1 { margin: 0 0 0.5rem; }
main > section > h2 { margin: 2.5rem 0 0.75rem; }
details { border: 1px solid var(--line); border-radius: 8px; margin: 0.6rem 0; }
summary { padding: 0.6rem 0.8rem; cursor: pointer; display: grid; gap: 0.2rem 0.8rem;
  grid-template-columns: 4.5rem minmax(0, 1fr); align-items: baseline; }
summary:hover { background: var(--raised); border-radius: 8px; }
summary .summary { grid-column: 2; color: var(--quiet); }
.method { font: 700 0.8rem ui-monospace, monospace; }
.GET { color: light-dark(#0a6b3d, #63d19b); } .POST { color: light-dark(#0b5fc0, #76b1ff); }
.PATCH, .PUT { color: light-dark(#8a5200, #efb259); } .DELETE { color: light-dark(#b3261e, #ff8f87); }
.content { padding: 0 1rem 1rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 0.4rem; }
code, pre { font: 0.88em/1.5 ui-monospace, monospace; }
code { overflow-wrap: anywhere; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; margin: 0;
  padding: 0.8rem; overflow-x: auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 36rem; font-size: 0.92rem; }
td code { overflow-wrap: break-word; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.8rem 0.35rem 0;
  border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 600; }
.quiet { color: var(--quiet); }
button { font: inherit; font-size: 0.85rem; padding: 0.2rem 0.7rem; margin: 0.4rem 0 0; color: inherit;
  background: var(--raised); border: 1px solid var(--quiet); border-radius: 6px; cursor: pointer; }
[hidden] { display: none !important; }
@media (max-width: 52rem) {
  .page { display: block; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); }
  nav .contents { display: none; }
  main { padding: 1rem; }
}
@media print { nav { display: none; } .page { display: block; } }
`;
