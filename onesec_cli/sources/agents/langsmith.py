"""LangSmith runs: exported arrays, JSON Lines, answers of the API, and trees of runs.

A run of a model repeats the conversation so far, a run of a tool the call that a model ordered. So nothing is told before
every run was seen (`traced.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

from onesec_cli.model import kinds
from onesec_cli.model.clock import to_time
from onesec_cli.model.event import Event, Gap, Origin
from onesec_cli.sources.agents.adapter import ARGUMENTS, GOALS, RESULTS, TIMES, Passed, Told, orjson_text, text_of
from onesec_cli.sources.agents.langchain_messages import answered, generated, given, said_by
from onesec_cli.sources.agents.messages import Part, words
from onesec_cli.sources.agents.otlp_wire import Span
from onesec_cli.sources.agents.traced import ANSWERED, CALLED, SAID, SHOWN, Traced
from onesec_cli.sources.shapes import Shape
from onesec_cli.sources.values import obj, text

NAME: Final = "langsmith"
MAX_TREE: Final = 200_000
"""Runs of one record that are read."""

_THREADS: Final = ("thread_id", "session_id", "conversation_id")
_ASKED: Final = ("input", "question", "query", "user_input", "prompt", "human_input")
_HANDOFF: Final = "transfer_to_"
_RUN: Final = {
    "id": "r2",
    "name": "read_file",
    "run_type": "tool",
    "trace_id": "r1",
    "parent_run_ids": ["r1"],
    "start_time": "2026-03-01T09:00:00.100000",
    "end_time": "2026-03-01T09:00:01.100000",
    "inputs": {"input": "{'path': 'bill.txt'}"},
    "outputs": {"output": "98.70 to UK12"},
}


class LangSmith:
    """The runs of one run of ours."""

    name: ClassVar[str] = NAME
    carries: ClassVar[frozenset[str]] = frozenset({GOALS, ARGUMENTS, RESULTS, TIMES})
    shapes: ClassVar[tuple[Shape, ...]] = (
        Shape("langsmith", "LangSmith runs, one a line or in an array", json.dumps(_RUN), "documented"),
        Shape(
            "langsmith-page",
            "LangSmith runs as the API answers, or a run with its child runs",
            json.dumps({"runs": [_RUN]}),
            "documented",
        ),
    )

    def __init__(self) -> None:
        self._traced = Traced(NAME)

    def recognises(self, record: dict[str, Any]) -> bool:
        """A run, or a page of runs."""
        if "run_type" in record:
            return _is_run(record)
        runs = record.get("runs")
        return runs.__class__ is list and bool(runs) and all(one.__class__ is dict and _is_run(one) for one in runs[:4])

    def start_file(self, file: str) -> None:
        """Runs of one trace may stand in any file."""

    def read(self, record: dict[str, Any], origin: Origin) -> Told:
        """Note the runs; what tells nothing is said at once."""
        told: Told = []
        for run, parent, trace in _runs(record):
            if not _is_run(run):
                told.append("an element beside runs is no run")
            elif not self._note(run, parent, trace, origin):
                told.append("ignored:a run that tells no action")
        return told

    def close(self) -> Sequence[Event | Gap | Passed]:
        """The conversations."""
        return list(self._traced.close())

    def _note(self, run: dict[str, Any], parent: str, trace: str, origin: Origin) -> int:
        """Note one run; how many parts it tells."""
        span = _span(run, parent, trace)
        about = {**obj(obj(run.get("extra")).get("metadata")), **obj(run.get("metadata"))}
        session = next((text(about[name]) for name in _THREADS if text(about.get(name))), "")
        kind = text(run.get("run_type"))
        inputs, outputs = obj(run.get("inputs")), run.get("outputs")
        outputs = obj(outputs) or outputs
        args, call = given(inputs)
        answer, named, failed = answered(outputs)
        call = call or named or text(about.get("tool_call_id"))
        own = call or span.id if kind == "tool" else ""
        self._traced.run(span, origin, agent=_agent(about), session=session, user=text(about.get("user_id")), call=own)
        if kind == "llm":
            shown = said_by(inputs.get("messages", inputs.get("input"))) or _prompts(inputs)
            count = self._traced.note(span, shown, span.start, SHOWN, origin)
            return count + self._traced.note(span, generated(obj(outputs)), span.end, SAID, origin)
        if kind == "tool":
            return self._tool(span, run, args, call, answer, failed, origin)
        if kind == "retriever":
            return self._tool(span, run, inputs, call, _documents(obj(outputs)), False, origin)
        if not span.parent:
            asked = said_by(inputs.get("messages")) or said_by(inputs.get("input"))
            asked = asked or next((words("user", text(inputs[name])) for name in _ASKED if text(inputs.get(name))), [])
            return self._traced.asked(span, asked, origin)
        return 0

    def _tool(
        self, span: Span, run: dict[str, Any], args: Any, call: str, answer: Any, failed: bool, origin: Origin
    ) -> int:
        name, wrong = text(run.get("name")), text_of(run.get("error"))
        ordered = [Part(kinds.TOOL_CALL, name, {"call": call, "args": args})]
        count = self._traced.note(span, ordered, span.start, CALLED, origin, own=True)
        if wrong or (answer is not None and run.get("outputs") is not None):
            fields = {"call": call, "text": wrong or text_of(answer), "error": failed or bool(wrong)}
            count += self._traced.note(
                span, [Part(kinds.TOOL_RESULT, name, fields)], span.end, ANSWERED, origin, own=True
            )
        if name.startswith(_HANDOFF) and not wrong:
            child = name.removeprefix(_HANDOFF)
            moved = [Part(kinds.AGENT_HANDOFF, "", {"child": child, "call": call})]
            count += self._traced.note(span, moved, span.end, SAID, origin, own=True)
        return count


def _is_run(run: dict[str, Any]) -> bool:
    return (
        isinstance(run.get("run_type"), str)
        and "name" in run
        and any(
            name in run
            for name in ("trace_id", "dotted_order", "parent_run_id", "parent_run_ids", "child_runs", "start_time")
        )
    )


def _runs(record: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str]]:
    """(run, parent, trace) of each run of a record, parents first."""
    stack = [(record, "", "")] if "run_type" in record else [(run, "", "") for run in reversed(record["runs"])]
    count = 0
    while stack and count < MAX_TREE:
        run, parent, trace = stack.pop()
        count += 1
        if not isinstance(run, dict):
            yield {}, "", ""
            continue
        yield run, parent, trace
        below = run.get("child_runs")
        if isinstance(below, list):
            id = text(run.get("id"))
            stack += [(one, id, trace or text(run.get("trace_id")) or id) for one in reversed(below)]


def _span(run: dict[str, Any], parent: str, trace: str) -> Span:
    """A run as a span of its trace. The ids of its parents stand in its dotted order too."""
    line = [step.partition("Z")[2] for step in text(run.get("dotted_order")).split(".")[-64:]]
    above = run.get("parent_run_ids")
    parent = text(run.get("parent_run_id")) or (text(above[-1]) if isinstance(above, list) and above else "") or parent
    parent = parent or (line[-2] if len(line) > 1 else "")
    id = text(run.get("id")) or line[-1] or hashlib.sha256(orjson_text(run).encode()).hexdigest()[:16]
    root = text(above[0]) if isinstance(above, list) and above else line[0]
    trace = text(run.get("trace_id")) or trace or root or parent or id
    start, end = to_time(run.get("start_time")), to_time(run.get("end_time"))
    return Span(trace, id, parent, text(run.get("name")), start, start if end is None else end, {})


def _agent(about: dict[str, Any]) -> str:
    """The agent that a run belongs to: as LangChain names it, or the graph inside the graph that it runs in."""
    named = text(about.get("lc_agent_name")) or text(about.get("agent_name"))
    if named:
        return named
    steps = (text(about.get("langgraph_checkpoint_ns")) or text(about.get("checkpoint_ns"))).split("|")
    return steps[-2].partition(":")[0] if len(steps) > 1 else ""


def _prompts(inputs: dict[str, Any]) -> list[Part]:
    """Prompts of a model that completes text: put together by a program."""
    prompts = inputs.get("prompts", inputs.get("prompt"))
    said = text_of(prompts) if isinstance(prompts, (str, list)) else ""
    return words("context", said)


def _documents(outputs: dict[str, Any]) -> Any:
    """The text of what was retrieved."""
    found = outputs.get("documents", outputs.get("output"))
    if not isinstance(found, list):
        return found
    texts = []
    for one in found:
        body = obj(one.get("kwargs")) or one if isinstance(one, dict) else {}
        texts.append(text(body.get("page_content")) or text_of(one))
    return "\n".join(texts)
