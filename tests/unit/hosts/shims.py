"""A node's systemd, played by three small scripts, so that jobs are proven without root."""

from pathlib import Path

SYSTEMCTL = r"""#!/bin/sh
units=UNITS
case $1 in
  is-system-running) echo running ;;
  stop | reset-failed)
    unit=${2%.service}
    if [ "$1" = stop ] && [ -f "$units/$unit.pid" ]; then kill -- "-$(cat "$units/$unit.pid")" 2>/dev/null; fi
    echo "$1 $unit" >>"$units/calls" ;;
  show)
    for last; do :; done
    unit=${last%.service}
    active=inactive sub=dead
    if [ -f "$units/$unit.pid" ] && kill -0 "$(cat "$units/$unit.pid")" 2>/dev/null; then active=active sub=running; fi
    case "$*" in
      *--value*) echo "$active" ;;
      *) printf 'ActiveState=%s\nSubState=%s\nResult=success\nNRestarts=2\nExecMainStatus=0\n' "$active" "$sub" ;;
    esac ;;
esac
"""

SYSTEMD_RUN = r"""#!/bin/sh
units=UNITS
echo "run $*" >>"$units/calls"
for arg; do
  case $arg in --unit=*) unit=${arg#--unit=} ;; esac
  last=$arg
done
setsid /bin/sh "$last" </dev/null >>"$units/journal" 2>&1 &
echo $! >"$units/$unit.pid"
"""

# A cursor is the number of lines before it.
JOURNALCTL = r"""#!/bin/sh
units=UNITS after=0 show=no count=all
touch "$units/journal"
while [ $# -gt 0 ]; do
  case $1 in
    --after-cursor=gone*) exit 1 ;;
    --after-cursor=*) after=${1#*=} ;;
    --show-cursor) show=yes ;;
    -n) count=$2; shift ;;
  esac
  shift
done
total=$(wc -l <"$units/journal")
case $count in
  all) sed -n "$((after + 1)),${total}p" "$units/journal" ;;
  0) : ;;
  *) head -n "$total" "$units/journal" | tail -n "$count" ;;
esac
if [ "$show" = yes ] && [ "$total" -ge "$after" ]; then echo "-- cursor: $total"; fi
"""


def install(folder: Path) -> Path:
    """Write the shims and return the folder to put on the node's PATH; what they keep lies beside it."""
    shims, units = folder / "shims", folder / "units"
    shims.mkdir()
    units.mkdir()
    for name, text in {"systemctl": SYSTEMCTL, "systemd-run": SYSTEMD_RUN, "journalctl": JOURNALCTL}.items():
        path = shims / name
        path.write_text(text.replace("UNITS", str(units)))
        path.chmod(0o755)
    return shims
