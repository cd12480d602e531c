"""Process life: first signal drains, second kills, exit codes tell the supervisor."""

import signal
import subprocess
import sys
import textwrap

import pytest


def start(body: str) -> subprocess.Popen[str]:
    program = (
        "import asyncio, gc, structlog, sys\n"
        "sys.orig_argv = ['python', '-m', 'services.t']\n"
        "from services.chassis import process\n"
        "from services.chassis.errors import StartupError, BusClosed\n"
        "assert not gc.isenabled()\n"
        "async def main(stop):\n"
        "    assert gc.isenabled()\n"
        + textwrap.indent(textwrap.dedent(body), "    ")
        + "\nprocess.run(main, service='t')\n"
    )
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=15)
    return process.returncode, out, err


def await_line(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return
    raise AssertionError(f"{word!r} never came")


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_lets_work_in_hand_finish(name: signal.Signals) -> None:
    process = start("print('up', flush=True)\nawait stop.wait()\nprint('drained', flush=True)")
    await_line(process, "up")

    process.send_signal(name)
    code, out, _ = finish(process)

    assert code == 0
    assert "drained" in out


def test_the_second_signal_ends_the_process_at_once() -> None:
    process = start(
        "print('up', flush=True)\nawait stop.wait()\nprint('draining', flush=True)\nawait asyncio.Event().wait()"
    )
    await_line(process, "up")
    process.send_signal(signal.SIGTERM)
    await_line(process, "draining")

    process.send_signal(signal.SIGTERM)
    code, _, _ = finish(process)

    assert code == -signal.SIGTERM


def test_what_prevents_the_start_is_one_line_and_exit_code_1() -> None:
    code, out, err = finish(start("raise StartupError('the model file is missing')"))

    assert code == 1
    assert out.count("\n") == 1
    assert "the model file is missing" in out
    assert err == ""


def test_a_start_failure_inside_a_task_group_is_still_one_line() -> None:
    body = """
    async def fail():
        raise StartupError("no stream")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(fail())
    """
    code, out, _ = finish(start(body))

    assert code == 1
    assert "no stream" in out


def test_a_fault_in_the_program_leaves_a_traceback_and_a_non_zero_code() -> None:
    code, out, err = finish(start("raise KeyError('somebody')"))

    assert code != 0
    assert "KeyError" in out
    assert "somebody" not in out + err


def test_a_task_that_ended_unasked_is_one_line_and_exit_code_1() -> None:
    body = """
    from services.chassis.tasks import LongRunning
    async def short():
        print("done", flush=True)
    async with LongRunning(stop) as tasks:
        tasks.start("presence", short())
    """
    code, out, err = finish(start(body))

    assert code == 1
    assert "presence ended while it was needed" in out
    assert err == ""
