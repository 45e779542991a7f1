"""Measure the behaviour detectors on labelled trajectories.

python -m benchmarks.quality FILE.jsonl.gz
"""

from __future__ import annotations
import argparse, gzip, json, sys
from collections import Counter, defaultdict
from onesec_cli.detectors.goal_hijack import GoalHijack
from onesec_cli.model.event import Origin
from onesec_cli.model.policy import Policy
from onesec_cli.replay import Replay
from onesec_cli.sources.agents.chat import Chat

KEEP = ("id", "messages", "session_id", "timestamp")


def judge(row, detectors):
    chat = Chat()
    rec = {k: row[k] for k in KEEP if k in row}
    rec["id"] = "s"
    events = [e for e in chat.read(rec, Origin("f", 1, 0, 1)) if not isinstance(e, str)]
    rp = Replay([d(Policy()) for d in detectors])
    return [*rp.feed(events), *rp.finish()]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("file")
    ap.add_argument("--suite")
    ap.add_argument("--show")
    ap.add_argument("-n", type=int, default=5)
    o = ap.parse_args()
    table = defaultdict(Counter)
    shown = 0
    for line in gzip.open(o.file, "rt"):
        row = json.loads(line)
        if o.suite and row["suite"] != o.suite:
            continue
        if row.get("ambiguous"):
            continue
        found = judge(row, [GoalHijack])
        top = max((f.level for f in found), default=None)
        key = (row["suite"], row["label"], row.get("attack") or "-")
        for k in (key, (row["suite"], row["label"], "ALL")):
            table[k]["n"] += 1
            table[k][top.name if top is not None else "none"] += 1
            if top is not None and top.name == "high" and row.get("hijack_calls"):
                calls = {c for f in found if f.level == top for c in f.facts["calls"]}
                table[k]["located"] += bool(calls & {c["call_id"] for c in row["hijack_calls"]})
        if o.show:
            lab, lev = o.show.split(":")
            if (
                row["label"].startswith(lab)
                and (top.name if top is not None else "none") in lev.split(",")
                and shown < o.n
            ):
                shown += 1
                print("=====", row["id"], row["label"], row.get("attack"))
                print("GOAL", row["user_goal"])
                print("INJ", row.get("injection_goal"))
                print("HIJ", row.get("hijack_calls"))
                for f in found:
                    print(f.level.name, json.dumps(f.facts))
                if not found or lev != "high":
                    for m in row["messages"][2:]:
                        print(
                            "   ",
                            m["role"],
                            json.dumps(m.get("content"))[:1500],
                            json.dumps([c["function"] for c in m.get("tool_calls") or []])[:600],
                        )
    for k in sorted(table):
        print(*k, dict(table[k]))


if __name__ == "__main__":
    main()
