"""How a report looks: the app's colours and type as one style sheet, on paper, on a light and on a dark screen."""

from __future__ import annotations

YOURS = 8
"""Colours of columns before they begin anew; the shape goes on telling them apart."""

# The palette of the dashboard (Okabe-Ito, told apart under every colour-vision deficiency, with a shape or word each).
_LIGHT = """
--ground:#FFFFFF;--side:#F5F3EE;--ink:#1B1F24;--muted:#5E6873;--hairline:#E3DFD6;--accent:#0B5FA5;--band:#EDEDED;
--y0:#0072B2;--y1:#B97F00;--y2:#009E73;--y3:#B85C91;--y4:#D55E00;--y5:#3A93C6;--y6:#7F6FC4;--y7:#8F7D00;
--pass:#0B5FA5;--paired:#2F78B2;--inconclusive:#6E7681;--fail:#B84700;--warn:#8F3400;
"""
_DARK = """
--ground:#12161C;--side:#1A2029;--ink:#E6E8EB;--muted:#98A2AE;--hairline:#2B333F;--accent:#6CB4EE;--band:#252C36;
--y0:#4FA3DC;--y1:#E69F00;--y2:#2DC49A;--y3:#CC79A7;--y4:#F07A28;--y5:#9AD8FF;--y6:#A597E6;--y7:#CDB91E;
--pass:#6CB4EE;--paired:#A9D4F5;--inconclusive:#98A2AE;--fail:#F08A4B;--warn:#FFAE7D;
"""

SHEET = (
    f":root{{color-scheme:light dark;{_LIGHT}}}\n"
    f"@media screen and (prefers-color-scheme:dark){{:root{{{_DARK}}}}}\n"
    """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.5 "Source Sans 3","Source Sans Pro",-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:960px;margin:0 auto;padding:28px 24px 56px}
h1,h2,h3{font-family:"Source Serif 4","Source Serif Pro",Charter,Georgia,"Times New Roman",serif;line-height:1.2;
text-wrap:balance;overflow-wrap:anywhere}
h1{font-size:34px;margin:6px 0 10px}
h2{font-size:21px;margin:38px 0 8px}
h3{font-size:16px;margin:20px 0 4px}
p{margin:6px 0;max-width:88ch;text-wrap:pretty;overflow-wrap:anywhere}
.eyebrow,.note,figcaption{color:var(--muted);font-size:13px}
.note{max-width:104ch}
.lede{font-size:16.5px}
a{color:var(--accent)}
figure{margin:12px 0}
svg{display:block;width:100%;height:auto;font:12.5px "Source Sans 3","Source Sans Pro",-apple-system,"Segoe UI",
Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
svg text{fill:var(--ink)}
svg .quiet{fill:var(--muted)}
svg .strong{font-weight:650}
svg .grid{stroke:var(--hairline);stroke-width:1}
svg .chance{stroke:var(--muted);stroke-width:1;stroke-dasharray:1 3}
svg .reference{stroke:var(--ink);stroke-width:1.6}
svg .band{fill:var(--band)}
svg .whisker{stroke-width:1.6}
svg .hollow{fill:var(--ground)}
svg .curve{fill:none}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:24px}
.legend{display:flex;flex-wrap:wrap;gap:4px 22px;list-style:none;margin:6px 0;padding:0;font-size:13.5px}
.legend svg{display:inline-block;width:34px;height:14px;vertical-align:-2px;margin-right:6px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:10px 0;font-size:14px;font-variant-numeric:tabular-nums}
th{text-align:left;font-weight:600;color:var(--muted);border-bottom:1px solid var(--muted)}
th,td{padding:5px 14px 5px 0;vertical-align:top}
td{border-bottom:1px solid var(--hairline);overflow-wrap:anywhere}
.number{white-space:nowrap}
tr.beat td{font-weight:600}
tr.control td{color:var(--muted)}
.bounds{white-space:nowrap}
.interval,.bounds{color:var(--muted);font-weight:400}
.PASS{color:var(--pass)}.PASS_PAIRED{color:var(--paired)}.INCONCLUSIVE{color:var(--inconclusive)}.FAIL{color:var(--fail)}
.word{font-weight:650;white-space:nowrap}
.warn{color:var(--warn)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:3px 20px;margin:10px 0}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere}
ul.plain{padding-left:1.1em;margin:6px 0;max-width:88ch;text-wrap:pretty}
pre{background:var(--side);border:1px solid var(--hairline);border-radius:4px;padding:12px 14px;white-space:pre-wrap;
overflow-wrap:anywhere;font-size:13px}
code{font-family:"Source Code Pro",ui-monospace,Menlo,Consolas,monospace}
@media (max-width:640px){
.pair{grid-template-columns:1fr}h1{font-size:27px}dl{grid-template-columns:1fr}
dd{margin-bottom:6px}.scroll table{min-width:620px}figure{overflow-x:auto}figure>svg{min-width:640px}}
@page{size:A4;margin:15mm 14mm}
@media print{
body{font-size:10.2pt}main{max-width:none;padding:0}h1{font-size:21pt}h2{font-size:14pt;margin-top:20pt}
h2,h3,.legend,.legend+.note{break-after:avoid}figure,tr,li,dl,pre{break-inside:avoid}thead{display:table-header-group}table{font-size:9pt}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}.scroll{overflow:visible}
}
"""
)
