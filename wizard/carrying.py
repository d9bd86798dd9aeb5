"""What the engine's own process does: it looks, plans, and carries the plan out."""

import asyncio
import contextlib
import json
import signal
from pathlib import Path

from wizard import whole
from wizard.apply import Given, Opened, open_site, part_of
from wizard.errors import HostError, WizardError
from wizard.files import write_private
from wizard.report import save_report
from wizard.rollout import events as ev
from wizard.rollout.attempt import Emit
from wizard.rollout.control import listen
from wizard.rollout.engine import Engine
from wizard.rollout.host_log import HostLogs
from wizard.rollout.journal import Journal
from wizard.rollout.lock import Holder, held_here, held_there
from wizard.rollout.outline import plan_record
from wizard.rollout.paces import Paces
from wizard.rollout.plan import Plan
from wizard.rollout.process import JOURNAL, PLAN, REQUEST, SPEC
from wizard.site import state_dir
from wizard.spec.load import load_spec

PATIENCE_S = 900.0


async def carry_out(run_dir: Path, given: Given) -> ev.RolloutOutcome:
    """Be the engine of `run_dir`: look, plan, and carry the plan out, telling the journal.

    A WizardError that ends the rollout before its first step is journalled too; one is raised where that can't be.
    """
    journal, logs = Journal(run_dir / JOURNAL), HostLogs(run_dir)

    def emit(event: ev.Event) -> None:
        logs.write(journal.write(event))

    try:
        request = json.loads((run_dir / REQUEST).read_text())
        spec = load_spec(run_dir / SPEC).spec
        me = Holder.me(run_dir.name)
        answers = Answers()
        with held_here(await asyncio.to_thread(state_dir, spec.name), me):
            async with listen(run_dir, answers):
                only, about = str(request["only"]), dict(request["about"])
                emit(ev.SurveyStarted(nodes=len(whole.names(spec, only=part_of(only)))))
                async with open_site(spec, Path(request["base"]), given, only=only, about=about) as opened:
                    return await _run(opened, emit, run_dir, request, me, answers)
    except WizardError as error:
        emit(ev.RolloutEnded(outcome="failed", said=error.message, next_move=error.hint))
        return "failed"
    finally:
        journal.close()
        save_report(run_dir)


class Answers:
    """What the control socket answers: from the start, though an engine to obey is there only after the survey."""

    def __init__(self) -> None:
        self.engine: Engine | None = None

    def __call__(self, command: str, node: str) -> str:
        if self.engine:
            return self.engine.command(command, node)
        if command == "ping":
            return "looking at the nodes"
        raise WizardError("the nodes are still being looked at", hint="Say it again in a moment.")


def _started(plan: Plan, run: str, *, simulated: bool, pid: int) -> ev.RolloutStarted:
    return ev.RolloutStarted(
        cluster=plan.cluster,
        run=run,
        digest=plan.digest,
        stages=tuple(stage.outline() for stage in plan.stages),
        settled=plan.settled,
        simulated=simulated,
        pid=pid,
        notice=plan.notice,
    )


async def _run(
    opened: Opened, emit: Emit, run_dir: Path, request: dict[str, object], me: Holder, answers: Answers
) -> ev.RolloutOutcome:
    plan, site = opened.plan(), opened.site
    write_private(run_dir / PLAN, json.dumps(plan_record(plan, site.survey)).encode())
    emit(_started(plan, run_dir.name, simulated=bool(request["simulated"]), pid=me.pid))
    paces = Paces(plan)

    def tell(event: ev.Event) -> None:
        paces.hear(event)
        emit(event)

    engine = Engine(
        plan,
        survey=site.survey,
        hosts=opened.wire.host,
        emit=tell,
        patience_s=PATIENCE_S,
        hold_s=float(str(request["hold_s"])),
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: engine.command("abort", ""))
    answers.engine = engine
    async with contextlib.AsyncExitStack() as stack:
        first = opened.wire.host(site.spec.first_server.name)
        # A first server that can't be reached holds no lock; its own first step tells what is wrong with it.
        with contextlib.suppress(HostError):
            await stack.enter_async_context(held_there(first, me, site.state))
        outcome = await engine.run()
        paces.keep(site.state)
        return outcome
