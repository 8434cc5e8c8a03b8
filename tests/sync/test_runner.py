"""The loop around a link: requests until there is none, failures handed over, nothing after the end."""

from __future__ import annotations

from kit.clock import ManualClock
from retail.errors import NetworkError
from sync.calls import Answer, Request
from sync.runner import Runner

ASK = Request("GET", "/x")


class Script:
    """A link that asks so many times and remembers what it was told."""

    due_ms = 0

    def __init__(self, asks):
        self.asks = asks
        self.told = []

    def _next(self):
        self.asks -= 1
        return ASK if self.asks >= 0 else None

    def wake(self):
        return self._next()

    def answered(self, answer):
        self.told.append(answer.status)
        return self._next()

    def failed(self, error):
        self.told.append(error.code)
        return self._next()


class Line:
    """A transport that answers from a list; an exception in it is raised, a function is called first."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def send(self, request):
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        if callable(found):
            found = found()
        return Answer(found, {}, b"")

    def close(self):
        self.answers.clear()


def a_runner(link, line):
    return Runner("test", link, line, ManualClock())


def test_requests_follow_each_other_until_there_is_none():
    link = Script(3)
    a_runner(link, Line(200, 401, 200)).turn()
    assert link.told == [200, 401, 200]


def test_a_dead_line_is_handed_over():
    link = Script(2)
    a_runner(link, Line(NetworkError("sync.unreachable"), 200)).turn()
    assert link.told == ["sync.unreachable", 200]


def test_an_answer_after_the_end_is_not_looked_at():
    link = Script(2)
    made = []

    def late():
        made[0].stop()
        return 200

    made.append(a_runner(link, Line(late, 200)))
    made[0].turn()

    assert link.told == []


def test_a_thread_ends_when_it_is_told():
    link = Script(1)
    runner = a_runner(link, Line(200))
    runner.start()
    runner.nudge()
    runner.stop(10.0)

    assert link.told in ([], [200])
