"""A plugin of pytest: several processes run the tests, forked from the one that has collected them.

    python -m pytest -p tools.workers --workers 4

To import and collect thousands of tests takes as long as to run hundreds; a fork has them already. Each takes one
module at a time, so that what a module's tests share is made once: most from the begin of the collection, where tests
drive whole installations and wait for them, every third from its end, where tests only reckon. A process that dies
fails the test that it ran, and another takes its place.
"""

import os
import warnings
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, groupby
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Final

import pytest

# How often to look for one that died without a word, because a process of its own still holds its channel.
_LOOK_SECONDS: Final = 5.0
_END_SECONDS: Final = 60.0

# What a worker says of one test: its reports, and warnings with when they were given.
_Ran = tuple[list[dict[str, object]], list[tuple[warnings.WarningMessage, str]]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """How many processes."""
    parser.addoption("--workers", type=int, default=0, help="processes that run the tests, forked after the collection")


def pytest_configure(config: pytest.Config) -> None:
    """Take over only where several were asked for."""
    if config.getoption("workers") > 0:
        config.pluginmanager.register(_Forking(), "workers")


@dataclass(eq=False, kw_only=True)
class _Worker:
    """A fork, what it was given and has not done yet, first what it does now."""

    process: ForkProcess
    channel: "Connection[list[int] | None, _Ran | None]"
    from_the_end: bool
    given: deque[int] = field(default_factory=deque)


class _Forking:
    """The side of the process that has collected."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Have the tests run by forks; nothing to do where there are none to run."""
        if session.testsfailed or session.config.option.collectonly or not session.items:
            return None
        run = _Run(session)
        try:
            run.all()
        finally:
            run.end()
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        return True


class _Run:
    """One run of what *session* has collected."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._left = deque(modules(session.items))
        self._workers: list[_Worker] = []
        self._counted = count(1)
        reporter = session.config.pluginmanager.getplugin("terminalreporter")
        if reporter is not None:
            reporter.showfspath = False  # modules run beside each other

    def all(self) -> None:
        """Run everything, or until enough has failed."""
        for _ in range(min(self._session.config.getoption("workers"), len(self._left))):
            self._start()
        while self._workers and not (self._session.shouldfail or self._session.shouldstop):
            ready = connection.wait([worker.channel for worker in self._workers], _LOOK_SECONDS)
            for worker in list(self._workers):
                if worker.channel in ready:
                    self._hear(worker)
                elif not ready and not worker.process.is_alive():
                    self._lost(worker)

    def end(self) -> None:
        """Have each worker end after the test that it is at, and wait for it."""
        for worker in self._workers:
            worker.channel.close()
        for worker in self._workers:
            _ended(worker.process)

    def _start(self) -> None:
        ours, theirs = get_context("fork").Pipe()
        others = [ours, *(worker.channel for worker in self._workers)]
        folders: pytest.TempPathFactory = vars(self._session.config)["_tmp_path_factory"]
        number = next(self._counted)
        self._session.config.option.basetemp = folders.getbasetemp() / f"worker-{number}"
        # Two processes must not write what was printed so far, nor into one file what is printed from now on.
        capture = self._session.config.pluginmanager.getplugin("capturemanager")
        capture.stop_global_capturing()
        try:
            process = get_context("fork").Process(target=_work, args=(self._session, theirs, others))
            process.start()
        finally:
            capture.start_global_capturing()
            capture.suspend_global_capture()
        theirs.close()
        self._workers.append(_Worker(process=process, channel=ours, from_the_end=number % 3 == 0))

    def _hear(self, worker: _Worker) -> None:
        try:
            said = worker.channel.recv()
        except (EOFError, OSError):
            self._lost(worker)
            return
        if said is not None:
            self._ran(worker, *said)
            return
        take = self._left.pop if worker.from_the_end else self._left.popleft
        module = take() if self._left else []
        worker.given.extend(module)
        worker.channel.send(module)

    def _ran(
        self, worker: _Worker, reports: list[dict[str, object]], warned: list[tuple[warnings.WarningMessage, str]]
    ) -> None:
        item = self._session.items[worker.given.popleft()]
        hook = self._session.config.hook
        for message, when in warned:
            hook.pytest_warning_recorded.call_historic(
                kwargs={"warning_message": message, "when": when, "nodeid": item.nodeid, "location": None}
            )
        for report in reports:
            read = hook.pytest_report_from_serializable(config=self._session.config, data=report)
            hook.pytest_runtest_logreport(report=read)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)

    def _lost(self, worker: _Worker) -> None:
        """A worker has ended: in good order if it has nothing left to do."""
        self._workers.remove(worker)
        worker.channel.close()
        code = _ended(worker.process)
        if not worker.given:
            if code != 0:
                raise RuntimeError(f"a process that runs tests ended with {code} behind its last test")
            return
        item = self._session.items[worker.given.popleft()]
        words = f"the process that ran it ended with {code}"
        report = pytest.TestReport(item.nodeid, item.location, {}, "failed", words, "call")
        hook = self._session.config.hook
        hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        if worker.given:
            self._left.appendleft(list(worker.given))
        if self._left:
            self._start()


def _ended(process: ForkProcess) -> int | None:
    """The exit code of one that has nothing more to do; killed when it does not end by itself."""
    process.join(_END_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode


def modules(items: list[pytest.Item]) -> list[list[int]]:
    """The numbers of *items*, together for each module, in their order."""
    return [list(group) for _, group in groupby(range(len(items)), lambda number: items[number].path)]


class _Reporter:
    """The side of a fork: keeps what is reported of a test until it has ended."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._reports: list[dict[str, object]] = []
        self._warned: list[tuple[warnings.WarningMessage, str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._reports.append(self._config.hook.pytest_report_to_serializable(config=self._config, report=report))

    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage, when: str) -> None:
        # Its source need not be one that can be sent.
        plain = warnings.WarningMessage(
            str(warning_message.message), warning_message.category, warning_message.filename, warning_message.lineno
        )
        self._warned.append((plain, when))

    def take(self) -> _Ran:
        """What was kept, once."""
        kept = self._reports, self._warned
        self._reports, self._warned = [], []
        return kept


def _work(
    session: pytest.Session,
    channel: "Connection[_Ran | None, list[int] | None]",
    others: "list[Connection[list[int] | None, _Ran | None]]",
) -> None:
    """In a fork: run what comes, until nothing more does or nobody listens."""
    for other in others:
        other.close()
    config = session.config
    with Path(os.devnull).open("wb") as nowhere:  # where the reporter of this process writes
        os.dup2(nowhere.fileno(), 1)
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.start_global_capturing()
    capture.suspend_global_capture()
    config.pluginmanager.getplugin("tmpdir").pytest_configure(config)  # whose folder is now this process's own
    reporter = _Reporter(config)
    config.pluginmanager.register(reporter, "worker")
    reporter.take()  # warnings that others gave before, of which a new plugin is told
    try:
        numbers = _given(channel)
        now = next(numbers, None)
        while now is not None:
            behind = next(numbers, None)  # of its module or the next: what both use is kept
            following = None if behind is None else session.items[behind]
            config.hook.pytest_runtest_protocol(item=session.items[now], nextitem=following)
            channel.send(reporter.take())
            now = behind
    except (EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        pass  # the run is over
    finally:
        # What tests have started, if the run was broken off: nothing is left to end behind the last one.
        config.pluginmanager.getplugin("runner").pytest_sessionfinish(session)
        channel.close()


def _given(channel: "Connection[_Ran | None, list[int] | None]") -> Iterator[int]:
    """The numbers of tests, a module at a time; one is asked for when the last test of the former is about to run."""
    while True:
        channel.send(None)
        if not (module := channel.recv()):
            return
        yield from module
