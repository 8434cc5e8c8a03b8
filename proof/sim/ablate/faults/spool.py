"""Slips in the spool: papers and drawer pulses that come twice, late, or are called done too soon."""

from __future__ import annotations

from proof.sim.ablate.edit import Edit
from proof.sim.ablate.model import Planted
from proof.sim.ablate.stories_spool import KILLED_PRINTING, KILLED_PULSING, LATE_PULSE, NO_PROOF, OWED_BEFORE

UNFINISHED = "            for job in repository.unfinished(tx):"
AT_START = Edit("edge.spool.runner:Spool._settle_owed", 'if job.kind == "drawer":',
                'if planted(job.kind == "drawer", False):')  # fmt: skip

SPOOL: tuple[Planted, ...] = (
    Planted("printed_twice", "extra: spool: a paper that was being printed is printed again", KILLED_PRINTING, (
        Edit("edge.spool.runner:Spool.recover", UNFINISHED,
             "            reached(tx.execute(\"UPDATE print_job SET state = 'QUEUED', evidence = 'none'\"\n"
             "                \" WHERE state = 'SENDING' AND kind <> 'drawer'\").rowcount)\n" + UNFINISHED),
    )),
    Planted("sending_not_noted", "extra: spool: nobody notes that a paper is about to be sent", KILLED_PRINTING, (
        Edit("edge.spool.lane:Lane._run", "            nonlocal begun",
             "            nonlocal begun\n"
             "            if event.state == 'SENDING' and not begun:\n"
             "                reached()\n"
             "                begun = True\n"
             "                return\n"
             "            if event.state == 'CONFIRMED':\n"
             "                self._spool.record(job.id, 'SENDING', evidence='transport')"),
    )),
    Planted("pulsed_twice", "extra: spool: a drawer that was being opened is opened again", KILLED_PULSING, (
        Edit("edge.spool.runner:Spool.recover", UNFINISHED,
             "            reached(tx.execute(\"UPDATE print_job SET state = 'QUEUED', evidence = 'none'\"\n"
             "                \" WHERE state = 'SENDING' AND kind = 'drawer'\").rowcount)\n" + UNFINISHED),
        AT_START,
    )),
    Planted("pulsed_at_start", "extra: spool: a pulse that an earlier process owed is given", OWED_BEFORE, (AT_START,)),
    Planted("pulse_not_noted", "extra: spool: nobody notes that the drawer is about to be opened", KILLED_PULSING, (
        Edit("edge.spool.lane:Lane._pulse",
             'self._spool.record(job.id, "SENDING", evidence="transport", attempt=True)', "reached()"),
        AT_START,
    )),
    Planted("late_pulse_given", "extra: spool: a pulse that waited is given all the same", LATE_PULSE, (
        Edit("edge.spool.lane:Lane._pulse", "if owner is None or late:", "if owner is None or planted(late, False):"),
    )),
    Planted("done_without_answer", "extra: spool: a paper is done before the printer has answered", NO_PROOF, (
        Edit("drivers.printer.job_run:JobRun._fence", "while not self._answered(token):",
             "while planted(not self._answered(token), False):"),
    )),
    Planted("unknown_called_done", "extra: spool: an answer that never came is taken for a good one", NO_PROOF, (
        Edit("drivers.printer.job_run:JobRun._failed", 'return JobOutcome("UNKNOWN", "transport", code, self.sent)',
             'return JobOutcome(planted("UNKNOWN", "DONE"), "transport", code, self.sent)'),
    )),
)  # fmt: skip
