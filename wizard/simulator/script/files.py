"""Scripts that look at, write and receive files."""

from pathlib import PurePosixPath

from wizard.simulator.call import Call
from wizard.simulator.node import File


async def write_file(call: Call) -> int:
    """write_file PATH MODE OWNER [SIZE]; content on stdin."""
    path, mode, owner, size = call.arg(0), int(call.arg(1), 8), call.arg(2), call.arg(3)
    data = await call.read()
    if call.node.is_folder(path):
        call.complain(f"{path} is a directory")
        return 1
    if size and len(data) != int(size):
        call.complain(f"only {len(data)} of {size} bytes arrived")
        return 1
    known = call.node.files.get(path)
    if known and (known.data, known.mode, known.owner) == (data, mode, owner):
        call.say("unchanged")
        return 0
    call.node.write(path, data, mode=mode, owner=owner, at=call.site.clock.now())
    call.say("changed")
    return 0


async def file_state(call: Call) -> int:
    """file_state PATH PART SIZE."""
    path, part, size = call.arg(0), call.arg(1), call.arg(2)
    if file := call.node.files.get(path):
        call.say(f"size={len(file.data)}")
        call.say(f"mode={file.mode:o}")
        if str(len(file.data)) == size:
            call.say(f"sha256={file.sha256}")
    if file := call.node.files.get(part):
        call.say(f"part_size={len(file.data)}")
    return 0


async def receive_file(call: Call) -> int:
    """receive_file PART OFFSET COUNT; the bytes on stdin."""
    part, offset, count = call.arg(0), int(call.arg(1)), int(call.arg(2))
    data = await call.read()
    there = call.node.files.get(part)
    have = there.data if there else b""
    if len(have) < offset:
        call.complain(f"{part} has {len(have)} bytes, not {offset}")
        return 1
    whole = have[:offset] + data + have[offset + len(data) :]
    call.node.write(part, whole, mode=0o600, at=call.site.clock.now())
    if len(whole) < offset + count:
        call.complain(f"only {len(whole) - offset} of {count} bytes arrived")
        return 1
    call.say(f"part_size={len(whole)}")
    return 0


async def finish_file(call: Call) -> int:
    """finish_file PART PATH SHA256 MODE."""
    part, path, wanted, mode = call.arg(0), call.arg(1), call.arg(2), int(call.arg(3), 8)
    file = call.node.files.pop(part, None)
    if file is None:
        call.complain(f"{PurePosixPath(part).name}: No such file or directory")
        return 2
    if file.sha256 != wanted:
        call.say("differs")
        return 0
    call.node.files[path] = File(file.data, mode, file.owner, file.mtime_s)
    call.say("verified")
    return 0


HANDLERS = {
    "write_file": write_file,
    "file_state": file_state,
    "receive_file": receive_file,
    "finish_file": finish_file,
}
