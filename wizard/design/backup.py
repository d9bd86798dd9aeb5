"""What the way of backing up asks for, drawn from the answers."""

from collections.abc import Iterator

from wizard.design.answers import Answers


def backup_notes(answers: Answers) -> Iterator[str]:
    """Take answers; yield what to see to, so that a snapshot is there when it is needed."""
    match answers.word("backup"):
        case "local":
            keep = "cluster.yml and cluster.rkestate" if answers.word("distribution") == "rke1" else "the token"
            yield f"Snapshots stay on the servers that they protect: copy them elsewhere, and keep {keep} with them."
        case "s3" if not answers.word("s3_bucket"):
            yield "No bucket is named yet: snapshots stay on the servers that they protect until one is."
        case "nfs":
            yield f"{answers.word('backup_dir')} must be mounted on every server before the first snapshot is taken."
