"""What one process asks of another, and who is who among them."""

from rows import job_row
from threadreel.library.command_table import HAND_BACK, CommandTable
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.library.owner_table import BROWSER, COMMAND, FINISHER, Member, OwnerTable
from threadreel.states import JobState


def member(name: str, kind: str = BROWSER) -> Member:
    return Member(name, kind, "Firefox", 7, 1.0)


# Commands


def test_what_is_asked_of_a_job_is_asked_of_whoever_owns_it(ledger: Ledger) -> None:
    jobs, commands = JobTable(ledger), CommandTable(ledger)
    jobs.add(job_row(id="j", owner="a"))
    number = commands.ask("j", "pause", {"job": "j"}, 1.0)
    assert commands.of("b") == []
    [command] = commands.of("a")
    assert (command.id, command.addressee, command.action, command.argument) == (number, "j", "pause", {"job": "j"})
    jobs.take_over("j", "a", "b")
    assert commands.of("a") == []
    assert commands.of("b") == [command]
    assert commands.are_waiting([number])
    commands.done(number)
    assert not commands.are_waiting([number])
    assert commands.of("b") == []


def test_a_process_is_asked_by_its_name(ledger: Ledger) -> None:
    commands = CommandTable(ledger)
    commands.ask("a", HAND_BACK, {}, 1.0)
    assert [command.action for command in commands.of("a")] == [HAND_BACK]


def test_commands_come_in_the_order_in_which_they_were_asked_and_the_same_only_once(ledger: Ledger) -> None:
    jobs, commands = JobTable(ledger), CommandTable(ledger)
    jobs.add(job_row(id="j", owner="a"))
    for action in ("pause", "resume", "pause"):
        commands.ask("j", action, {"job": "j"}, 1.0)
    assert [command.action for command in commands.of("a")] == ["resume", "pause"]


def test_a_job_that_ended_is_past_every_command(ledger: Ledger) -> None:
    jobs, commands = JobTable(ledger), CommandTable(ledger)
    jobs.add(job_row(id="j", owner="a"))
    number = commands.ask("j", "pause", {}, 1.0)
    jobs.save(job_row(id="j", owner="a", state=JobState.CANCELLED, finished=2.0))
    assert not commands.are_waiting([number])
    assert commands.of("a") == []


def test_what_nobody_can_obey_is_swept_out(ledger: Ledger) -> None:
    jobs, commands = JobTable(ledger), CommandTable(ledger)
    OwnerTable(ledger, lambda _: True).enter(member("living"))
    jobs.add(job_row(id="j", owner="a"))
    for addressee in ("j", "living", "gone", "no such job"):
        commands.ask(addressee, "pause", {}, 1.0)
    commands.sweep()
    assert [row["job"] for row in ledger.rows("SELECT job FROM commands ORDER BY id")] == ["j", "living"]


# Who is who


def test_who_entered_is_known_until_it_leaves_or_dies(ledger: Ledger) -> None:
    alive = {"a", "b"}
    table = OwnerTable(ledger, alive.__contains__)
    assert table.enter(member("a"))
    assert table.enter(member("b", COMMAND))
    assert table.member("a") == member("a")
    assert str(member("a")) == "Firefox (process 7)"
    assert str(Member("f", FINISHER, "", 8, 1.0)) == "finisher (process 8)"
    assert [each.name for each in table.living()] == ["a", "b"]
    alive.remove("a")
    assert [each.name for each in table.living()] == ["b"]
    alive.add("c")
    table.enter(member("c"))
    assert table.member("a") is None, "swept out by who came next"
    table.leave("b")
    assert [each.name for each in table.living()] == ["c"]


def test_there_is_one_finisher_at_a_time(ledger: Ledger) -> None:
    alive = {"a", "b"}
    table = OwnerTable(ledger, alive.__contains__)
    assert table.enter(member("a", FINISHER))
    assert not table.enter(member("b", FINISHER))
    assert table.member("b") is None
    alive.remove("a")
    assert table.enter(member("b", FINISHER))
