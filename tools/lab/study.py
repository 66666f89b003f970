"""One study of the laboratory from runs to page. A study is a module with `NAME`, `GUESS_S`, `jobs`, `run`, `tables`, `bars`."""
import csv
import json
import os
import platform

import plots

from . import ledger
from .matrix_report import COLOURS, SAYS
from .spread import print_table


def hold(study, options, profiles, names, seeds) -> int:
    folder = options.out / ("first-bytes" if options.first_bytes else study.NAME)
    rows = ledger.run_all(study.jobs(options, profiles, names, seeds), study.run, folder, options.resume,
                          study.GUESS_S + (options.seconds if study.NAME != "short" else 0), options.lock)
    failed = [r for r in rows if "failed" in r]
    good = [r for r in rows if "failed" not in r]
    for row in failed:
        print(f"not measured: {row['key']}: {row['failed'].splitlines()[-1]}")
    if good:
        _write(study, good, folder, f"seeds {options.seeds}")
    return 1 if failed else 0


def _write(study, rows, folder, told):
    for title, headers, lines in study.tables(rows):
        print(f"\n{title}")
        print_table(headers, lines)
    plain = [k for k in rows[0] if k not in ("says", "key")]
    with open(folder / f"{study.NAME}.csv", "w", newline="") as out:
        writer = csv.DictWriter(out, plain, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    (folder / f"{study.NAME}.json").write_text(json.dumps(rows, indent=1))
    title, unit, groups = study.bars(rows)
    drawn = [(name, [(COLOURS[b], b, s.middle, s.low, s.high) for b, s in list_]) for name, list_ in groups]
    shown = [b for b in COLOURS if any(r["box"] == b for r in rows)]
    body = plots.legend([(COLOURS[b], SAYS[b]) for b in shown]) + plots.bars(title, unit, drawn)
    body += "".join(f"<h2>{t}</h2>" + plots.table(h, lines) for t, h, lines in study.tables(rows))
    remark = f"Real TCP. Linux {platform.release()}, {os.cpu_count()} cores; {told}."
    (folder / f"{study.NAME}.html").write_text(plots.page(f"Gimbal: {(study.__doc__ or '').split(':')[0].lower()}", remark, body))
    print(f"\n{folder}/{study.NAME}.html, .csv, .json, runs.jsonl; of each run logs/")
