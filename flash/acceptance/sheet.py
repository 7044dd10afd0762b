"""The page of an acceptance: one A4 for a binder, in English and Chinese, and the same as JSON beside it. No secret comes here."""

import json
from html import escape
from pathlib import Path

from flash.acceptance import plan
from flash.acceptance.result import FAILED, PASSED, Result, Test

WORDS = {PASSED: ("passed", "通过"), FAILED: ("failed", "未通过"), "not run": ("not run", "未进行")}
STYLE = """
@page { size: A4; margin: 11mm 14mm }
* { box-sizing: border-box }
body { max-width: 182mm; margin: 10mm auto; color: #1b1f27; background: #fff; font: 9.5pt/1.4 "Noto Sans", "Noto Sans CJK SC",
  "Segoe UI", "PingFang SC", "Microsoft YaHei", sans-serif; -webkit-print-color-adjust: exact; print-color-adjust: exact }
header { display: flex; align-items: center; gap: 6mm; padding-bottom: 5mm; border-bottom: .6mm solid #1b1f27 }
h1 { margin: 0; font-size: 21pt; line-height: 1.15 }
header p { margin: 1mm 0 0; color: #59616e }
header div { flex: 1 }
.verdict { flex: none; padding: 2.5mm 6mm; border-radius: 2mm; color: #fff; text-align: center; font-weight: 700; font-size: 17pt;
  line-height: 1.15 }
.verdict small { display: block; font-size: 9.5pt; font-weight: 500 }
.pass { background: #14733c } .fail { background: #b3261e }
dl { display: grid; grid-template-columns: repeat(3, 1fr); gap: 3mm 6mm; margin: 5mm 0 }
dt, th { color: #59616e; font-size: 8pt; font-weight: 500 }
dd { margin: 0; font-weight: 600; overflow-wrap: anywhere }
table { width: 100%; border-collapse: collapse }
th { white-space: nowrap; padding: 0 2mm 1mm; text-align: left; border-bottom: .3mm solid #1b1f27 }
td { line-height: 1.3; padding: 1.2mm 2mm; vertical-align: top; border-bottom: .2mm solid #d8dce2 }
tr { break-inside: avoid }
td:first-child { width: 40mm; font-weight: 600 }
td:first-child small, td.outcome small { display: block; color: #59616e; font-size: 8pt; font-weight: 400; white-space: nowrap }
td.outcome { width: 21mm; font-weight: 700; white-space: nowrap }
td.outcome::before { content: "✓ " } .failed td.outcome::before { content: "✗ " } .not-run td.outcome::before { content: "– " }
.passed td.outcome { color: #14733c } .failed td.outcome { color: #b3261e } .not-run td.outcome { color: #59616e }
.failed { background: #fdf0ef }
.seconds { width: 15mm; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.said { font-size: 8.5pt; line-height: 1.35; overflow-wrap: anywhere }
.why { margin: 4mm 0 0; padding: 2mm 3mm; border-left: 1mm solid #b3261e; background: #fdf0ef }
footer { display: flex; gap: 6mm; margin-top: 12mm; break-inside: avoid; color: #59616e; font-size: 8pt }
@media print { body { margin: 0 auto; font-size: 9pt } td { padding: .8mm 2mm } .said { font-size: 8pt } dl { margin: 3mm 0 }
  footer { margin-top: 9mm } }
footer span { flex: 1; padding-top: 1mm; border-top: .2mm solid #8a92a0 }
"""


def write(out: str | Path, result: Result) -> Path:
    """The page's path; its folder is made if it is missing."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    row = json.dumps(result.row(), ensure_ascii=False, indent=1)
    (folder / f"{result.stem}.json").write_text(row + "\n", encoding="utf-8")
    page = folder / f"{result.stem}.html"
    page.write_text(html(result), encoding="utf-8")
    return page


def html(result: Result) -> str:
    verdict, kind = ("PASS", "pass") if result.ok else ("FAIL", "fail")
    passed = sum(test.outcome == PASSED for test in result.tests)
    facts = [
        ("Device · 设备", result.device),
        ("Site · 站点", result.site),
        ("Board · 板型", f"{result.title} ({result.board})" if result.title else result.board),
        ("MAC", result.mac),
        ("Firmware · 固件", f"{result.firmware}, build {result.build[:8]}" if result.build else result.firmware),
        ("MicroPython", result.micropython),
        ("Date · 日期", result.at),
        ("Station · 工位", result.station),
        ("Port · 端口", result.port),
    ]
    told = "".join(f"<div><dt>{label}</dt><dd>{escape(text) or '–'}</dd></div>" for label, text in facts)
    why = f'<p class="why">{escape(result.why)}</p>' if result.why else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(result.device)}: {verdict}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<div><h1>{escape(result.device)}</h1><p>Acceptance on the bench · 台架验收</p></div>
<p class="verdict {kind}">{verdict}<small>{"合格" if result.ok else "不合格"} · {passed} / {len(result.tests)}</small></p>
</header>
<dl>{told}</dl>
<table>
<thead><tr><th>Test · 测试</th><th>Outcome · 结果</th><th class="seconds">Time · 用时</th><th>Said · 说明</th></tr></thead>
<tbody>
{"".join(_row(test) for test in result.tests)}</tbody>
</table>
{why}
<footer><span>Technician · 技术员</span><span>Signature, date · 签名、日期</span></footer>
</body>
</html>
"""


def _row(test: Test) -> str:
    step, (word, word_zh) = plan.BY_NAME[test.name], WORDS[test.outcome]
    seconds = f"{test.seconds:.1f} s" if test.seconds else "–"
    return (
        f'<tr class="{test.outcome.replace(" ", "-")}"><td>{escape(step.title)} <small>{step.title_zh}</small></td>'
        f'<td class="outcome">{word} <small>{word_zh}</small></td><td class="seconds">{seconds}</td>'
        f'<td class="said">{escape(test.said)}</td></tr>\n'
    )
