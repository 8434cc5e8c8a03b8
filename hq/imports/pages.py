"""The import pages: choose a file, look at the dry run, decide, download what was rejected."""

from __future__ import annotations

from collections import Counter

import msgspec
from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from hq.imports import actions, repository
from hq.imports.columns import COLUMNS, KINDS, template_header
from hq.imports.encodings import NAMED
from hq.imports.model import Problem
from hq.imports.reading import FILE_BYTES_MAX, FILE_MEGABYTES, preview, rows_max, write
from hq.imports.wording import problem_reason, problem_remedy
from hq.web import (
    PAGE_ROWS,
    Page,
    ctx,
    hq,
    language,
    needs,
    page_number,
    render,
    say,
    say_refused,
    takes,
)
from kit.i18n import LANGUAGES
from retail.errors import Invalid, LianpuError, NotFound

FORM_AROUND = (
    256 * 1024
)  # the form around the file, so that a file just beyond is told of where it was chosen

pages = Blueprint("imports", __name__, template_folder="templates", url_prefix="/imports")


def allowed_kinds() -> list[str]:
    """The kinds that this person may import."""
    actor = ctx().actor
    return [kind for kind in KINDS if actor.may("imports.run") and actor.may(actions.PERMISSIONS[kind])]


@pages.get("/")
@needs("imports.view")
def index() -> str:
    """Earlier imports."""
    with hq().db.read() as connection:
        runs = repository.runs(connection, "" if ctx().actor.stores is None else ctx().actor.staff)
    return render("imports/index.html", runs=runs, kinds=allowed_kinds())


@pages.get("/new")
@needs("imports.run")
def new() -> str:
    """Choose kind and file."""
    asked = request.args.get("kind", "products")
    kind = asked if asked in KINDS else "products"
    return render(
        "imports/new.html", kinds=allowed_kinds(), kind=kind, columns=COLUMNS, megabytes=FILE_MEGABYTES,
        rows_max=rows_max(kind),
    )  # fmt: skip


@pages.post("/new")
@takes(FILE_BYTES_MAX + FORM_AROUND)
@needs("imports.run")
def upload() -> AnyResponse:
    """The dry run."""
    sent = request.files.get("file")
    kind = request.form.get("kind", "")
    try:
        if sent is None or not sent.filename:
            raise Invalid("imports.no_file")
        result = actions.dry_run(
            ctx(),
            kind=kind,
            file_name=sent.filename,
            content=sent.read(),
            encoding=request.form.get("encoding", ""),
        )
    except LianpuError as error:
        say_refused(error)
        return redirect(url_for("imports.new", kind=kind))
    return redirect(url_for("imports.show", run_id=result.run))


@pages.get("/template/<kind>.csv")
@needs("imports.run")
def template(kind: str) -> Response:
    """An empty file with headers in the person's language and one example row."""
    if kind not in KINDS:
        raise NotFound("imports.kind_unknown", kind=kind[:20])
    wanted = request.args.get("language", language())
    wanted = wanted if wanted in LANGUAGES else "en"
    header = [template_header(column, wanted) for column in COLUMNS[kind]]
    return download(write(header, [[column.example for column in COLUMNS[kind]]]), f"{kind}-{wanted}.csv")


def download(data: bytes, name: str) -> Response:
    """A CSV file as an attachment."""
    answer = Response(data, mimetype="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@pages.get("/<run_id>")
@needs("imports.view")
def show(run_id: str) -> str:
    """The dry run or the result: counts, reasons, rows."""
    return _show(run_id, {})


def _show(run_id: str, codes: dict[str, str]) -> str:
    with hq().db.read() as connection:
        found = actions.seen_run(ctx(), connection, run_id)
        before = repository.applied_before(connection, found.kind, found.sha256)
        content = repository.content(connection, run_id) if found.state == "dry" else b""
    problems = msgspec.json.decode(found.problems, type=list[Problem])
    bad = {problem.row for problem in problems if not problem.warn}
    reason = request.args.get("reason", "")
    chosen = [p for p in problems if not reason or p.code == reason]
    number = page_number()
    part = chosen[(number - 1) * PAGE_ROWS : number * PAGE_ROWS]
    return render(
        "imports/show.html", run=found, reason=reason, before=before if found.state == "dry" else None,
        rejected=Counter(p.code for p in problems if not p.warn).most_common(),
        warned=Counter(p.code for p in problems if p.warn).most_common(), problems=problems,
        page=Page(part, len(chosen), number), codes=codes,
        preview=preview(found.kind, content, NAMED[found.encoding], bad) if content else [],
        may_apply=found.kind in allowed_kinds(),
    )  # fmt: skip


@pages.post("/<run_id>/apply")
@needs("imports.run")
def apply(run_id: str) -> AnyResponse | str:
    """Import the good rows."""
    try:
        result = actions.apply(ctx(), run_id)
    except LianpuError as error:
        say_refused(error)
        return redirect(url_for("imports.show", run_id=run_id))
    say(
        "imports.applied",
        added=result.new,
        changed=result.changed,
        same=result.same,
        rejected=result.rejected,
    )
    if result.codes:
        return _show(run_id, result.codes)
    return redirect(url_for("imports.show", run_id=run_id))


@pages.post("/<run_id>/drop")
@needs("imports.run")
def drop(run_id: str) -> AnyResponse:
    """Import nothing."""
    try:
        actions.drop(ctx(), run_id)
        say("imports.dropped")
    except LianpuError as error:
        say_refused(error)
    return redirect(url_for("imports.index"))


@pages.get("/<run_id>/rejects.csv")
@needs("imports.view")
def rejects(run_id: str) -> Response:
    """The rejected rows as they were, with row, reason and remedy behind them."""
    table, problems, name = actions.rejects(ctx(), run_id)
    by_row: dict[int, list[Problem]] = {}
    for problem in problems:
        by_row.setdefault(problem.row, []).append(problem)
    rows = []
    for row in table.rows:
        found = by_row.get(row.number)
        if found:
            cells = [*row.raw, *[""] * (len(table.header) - len(row.raw))][: len(table.header)]
            reasons = [
                " · ".join(words(problem) for problem in found) for words in (problem_reason, problem_remedy)
            ]
            rows.append([*cells, str(row.number), *reasons])
    header = [*table.header, "_row", "_reason", "_remedy"]
    return download(write(header, rows), f"rejects-{name.rsplit('.', 1)[0]}.csv")
