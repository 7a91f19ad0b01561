"""The style sheet of the HTML report: light and dark, readable from 320 pixels."""

CSS = """
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --faint: #5f6772; --line: #d5d9de; --box: #f4f5f7;
  --good: #11692f; --bad: #b3141d; --mark: #7a3fb0; --link: #0b57a4 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e6e9; --paper: #16181b; --faint: #9aa3ad; --line: #3a3f46; --box: #20242a;
    --good: #6fce8c; --bad: #ff8a85; --mark: #cfa6f5; --link: #84bdf7 }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1rem; max-width: 64rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.4rem } h2 { font-size: 1.2rem; margin-top: 3rem } h3 { font-size: 1.05rem; margin: 0 }
h4 { font-size: .9rem; margin: 1rem 0 .3rem; color: var(--faint) }
a { color: var(--link) }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
th, td { text-align: left; vertical-align: top; padding: .2rem .5rem .2rem 0; border-bottom: 1px solid var(--line);
  font-weight: normal }
thead th { color: var(--faint) }
.name { color: var(--faint) } .kind { white-space: nowrap }
.good { color: var(--good) } .bad { color: var(--bad); font-weight: bold } .none { color: var(--faint) }
.wide { overflow-x: auto }
.wide th[scope=row] { position: sticky; left: 0; background: var(--paper); min-width: 8rem }
.wide th[scope=col] { min-width: 5rem }
.legend { font-size: .85rem; color: var(--faint) }
article { margin: 1.5rem 0; padding: 1rem; border: 1px solid var(--line); border-radius: .4rem }
dl { display: grid; grid-template-columns: 6rem 1fr; gap: .2rem .5rem; margin: .8rem 0 }
dt { color: var(--faint) } dd { margin: 0; min-width: 0 }
pre, code { font: .85rem/1.45 ui-monospace, monospace; background: var(--box) }
pre { margin: 0; padding: .4rem .6rem; white-space: pre-wrap; border-radius: .3rem }
pre b { color: var(--mark); font-weight: normal; font-size: .75rem }
.writes { list-style: none; margin: 0; padding: 0 }
.writes li { display: grid; grid-template-columns: 5.5rem 1fr; gap: .5rem; margin: .2rem 0 }
.writes pre { min-width: 0 }
.time { color: var(--faint); font-size: .8rem; text-align: right; padding-top: .4rem }
.state { padding: 0 .4rem; border: 1px solid; border-radius: .3rem; font-size: .8rem }
.new, .stale { color: var(--bad) } .known { color: var(--faint) }
@media (max-width: 30rem) {
  body { padding: .6rem } article { padding: .6rem }
  dl, .writes li { grid-template-columns: 1fr; gap: 0 }
  dd { margin-bottom: .4rem } .time { text-align: left }
}
@media print { article { break-inside: avoid-page } }
"""
