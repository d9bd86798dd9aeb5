"""`status SPEC`: how the running cluster of a spec stands, on the screen or as lines."""

import argparse
import json
from pathlib import Path

from wizard import exits


def show(given: argparse.Namespace, spec_path: Path, *, base: Path | None = None) -> int:
    """Show it until the operator leaves, or once where no screen is wanted; 1 when something is to be looked at.

    `base` is where relative paths of the spec start from, by default its own folder.
    """
    import asyncio

    from wizard.apply import open_site
    from wizard.cli.following import screen_fits
    from wizard.cli.room import secrets_for
    from wizard.errors import Refused
    from wizard.spec.load import load_spec
    from wizard.upkeep.standing_lines import lines, record
    from wizard.upkeep.watch import Watch

    spec = load_spec(spec_path).spec
    if spec.distribution == "rancherd":
        raise Refused(
            f"a running cluster is watched where it is of RKE2 or RKE1; {spec.name} is not",
            hint=f"Its latest rollout: rancher-wizard status {spec.name}",
        )
    secrets = secrets_for(given, spec)

    async def look() -> int:
        folder = (base or spec_path.parent).resolve()
        async with open_site(spec, folder, secrets, look=False, begin=False) as opened:
            watch = Watch(spec, opened.wire.host, state=opened.site.state)
            if screen_fits(given):
                from screens.standing import StandingApp

                app = StandingApp(watch, every_s=given.every)
                await app.run_async()
                return app.return_code or exits.DONE
            standing = await watch.look()
        print(json.dumps(record(standing), indent=2) if given.json else "\n".join(lines(standing)))
        return exits.FAILED if standing.problems() else exits.DONE

    return asyncio.run(look())
