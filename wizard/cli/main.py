"""The command line: `rancher-wizard COMMAND`."""

import errno
import os
import sys

from wizard import __version__, exits
from wizard.cli import (
    apply,
    balancer,
    bundle,
    check,
    control,
    demo,
    design,
    encryption,
    engine,
    handoff,
    menu,
    metallb,
    migrate,
    new,
    nodes,
    plan,
    rancher,
    rancherd,
    restore,
    rke1,
    schema,
    snapshot,
    token,
    trust,
    upgrade,
    upkeep,
)
from wizard.cli.parsing import Parser
from wizard.errors import WizardError
from wizard.plain import plain

DESCRIPTION = (
    "Design and bring up Rancher's Kubernetes distributions over SSH, live on screen. "
    "Without a command: the wizard, from questions to a running cluster."
)
# What the machine that we run on refuses: no room, no right, a file system that is read-only.
NOT_OUR_FAULT = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE)


def parser() -> Parser:
    """Return the parser of all commands."""
    top = Parser(prog="rancher-wizard", description=DESCRIPTION)
    top.add_argument("--version", action="version", version=f"rancher-wizard {__version__}")
    top.set_defaults(run=menu.run)
    commands = top.add_subparsers(metavar="COMMAND")
    for room in (
        # As an operator meets them: a design, a rollout, the days after it, what stands around it, what it came from.
        new,
        demo,
        design,
        schema,
        trust,
        check,
        plan,
        apply,
        control,
        nodes,
        upgrade,
        snapshot,
        upkeep,
        restore,
        token,
        encryption,
        balancer,
        metallb,
        handoff,
        rancher,
        bundle,
        rke1,
        rancherd,
        migrate,
        engine,
    ):
        room.register(commands)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    given = parser().parse_args(arguments)
    try:
        code = int(given.run(given))
        if sys.stdout:  # closed by `>&-`
            sys.stdout.flush()
        return code
    except WizardError as error:
        # Names of files and quoted lines may hold what writes on terminals.
        hint = f"\n-> {error.hint}" if error.hint else ""
        print(*map(plain, f"{error.message}{hint}".splitlines()), sep="\n", file=sys.stderr)
        return exits.of_error(error)
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:
        return _nobody_reads()
    except OSError as error:
        if error.errno not in NOT_OUR_FAULT:
            raise
        place = f"{error.filename}: " if error.filename else ""
        print(f"{place}{error.strerror}", file=sys.stderr)
        print("-> Mend it on this machine, then run the same command again.", file=sys.stderr)
        return exits.FAILED


def _nobody_reads() -> int:
    """The reader of our output has gone (`| head`); Python would complain about it once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return exits.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
