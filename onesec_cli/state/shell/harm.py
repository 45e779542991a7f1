"""Commands that destroy: files outside the tree, devices, history of a repository, infrastructure."""

from __future__ import annotations

import re
from typing import Final

from onesec_cli.model.level import Level
from onesec_cli.state.shell.acts import Act
from onesec_cli.state.shell.effects import Effect
from onesec_cli.state.shell.paths import HOME, OUTSIDE, ROOT, SCRATCH, SYSTEM, TREE, place_of, resolve

_MAIN: Final = re.compile(
    r"(?:refs/heads/)?(?:main|master|trunk|develop|prod|production|release(?:[/-].*)?|stable|default)"
)
_DEVICE: Final = re.compile(r"/dev/(?:sd|hd|vd|xvd|nvme|mmcblk|disk|rdisk|mapper/|dm-|md|loop)\w*")
_PROD: Final = re.compile(r"(?:^|[-_./:=\s])(?:prod|production|live)(?:$|[-_./:=\s])", re.IGNORECASE)
_PRECIOUS: Final = re.compile(
    r"~/(?:\.ssh|\.gnupg|\.aws|\.kube|\.config|\.docker|documents|desktop|pictures|library)(?:/|$)", re.IGNORECASE
)
_PLACES: Final = {
    ROOT: (Level.critical, "the file system, a system folder or a whole home"),
    SYSTEM: (Level.medium, "a system folder"),
    HOME: (Level.medium, "somebody's home"),
    OUTSIDE: (Level.medium, "outside the working tree"),
}
_INFRA: Final[tuple[tuple[str, tuple[tuple[str, ...], ...], str], ...]] = (
    ("kubectl", (("delete", "namespace"), ("delete", "ns"), ("delete", "--all"), ("delete", "pv"), ("delete", "pvc"), ("delete", "node")), "deletes cluster resources"),
    ("terraform", (("destroy",), ("apply", "-destroy")), "destroys infrastructure"),
    ("tofu", (("destroy",),), "destroys infrastructure"),
    ("pulumi", (("destroy",),), "destroys infrastructure"),
    ("aws", (("s3", "rb"), ("s3", "rm", "--recursive"), ("ec2", "terminate-instances"), ("rds", "delete-db-instance"), ("dynamodb", "delete-table"),
             ("cloudformation", "delete-stack"), ("iam", "delete-user"), ("kms", "schedule-key-deletion")), "deletes cloud resources"),
    ("gcloud", (("projects", "delete"), ("instances", "delete"), ("sql", "delete"), ("clusters", "delete")), "deletes cloud resources"),
    ("gsutil", (("rm", "-r"), ("rb",)), "deletes a bucket"),
    ("az", (("group", "delete"), ("vm", "delete"), ("storage", "delete")), "deletes cloud resources"),
    ("gh", (("repo", "delete"),), "deletes a repository"),
    ("heroku", (("apps:destroy",), ("pg:reset",)), "destroys an application or its data"),
    ("docker", (("volume", "rm"), ("volume", "prune"), ("system", "prune", "--volumes")), "deletes volumes"),
    ("dropdb", ((),), "drops a database"),
    ("redis-cli", (("flushall",), ("flushdb",)), "empties a data store"),
    ("mysqladmin", (("drop",),), "drops a database"),
    ("zfs", (("destroy",),), "destroys a file system"),
    ("lvremove", ((),), "removes a volume"),
    ("crontab", (("-r",),), "deletes every scheduled job"),
    ("tmutil", (("delete",), ("disable",)), "removes backups"),
    ("restic", (("forget", "--prune"),), "removes backups"),
)  # fmt: skip
"""Program, the words that must all stand among its arguments, and what that does."""


def harm_effects(act: Act, tree: str) -> list[Effect]:
    """What an act destroys."""
    if act.name in ("rm", "unlink", "rmdir", "srm", "shred", "trash"):
        return _removal(act, tree)
    if act.name == "find" and "-delete" in act.args:
        return _find(act, tree)
    if act.name == "git":
        return _git(act, tree)
    if act.name in ("chmod", "chown", "chgrp") and act.flag("R", "--recursive"):
        hit = [path for path in act.operands()[1:] if place_of(path, tree, act.cwd) == ROOT]
        return [_effect(act, Level.high, f"changes the permissions of everything in {path}", path) for path in hit[:1]]
    return _device(act) or _infra(act)


def _effect(act: Act, level: Level, what: str, target: str, *names: str) -> Effect:
    if act.place == "container":
        level = level.raised(-2)
    where = f" on a {'remote machine' if act.place == 'remote' else act.place}" if act.place else ""
    low = target.lower().rstrip("/*")
    return Effect("destructive", level, what + where, (*names, low, low.rsplit("/", 1)[-1]), target)


def _removal(act: Act, tree: str) -> list[Effect]:
    recursive = act.flag("rR", "--recursive") and act.name in ("rm", "srm")
    if act.name == "rmdir" or (act.name == "rm" and not recursive):
        return _files(act, tree)
    worst: Effect | None = None
    for path in act.operands("nsu" if act.name == "shred" else ""):
        place = place_of(path, tree, act.cwd)
        if _DEVICE.match(path):
            place = ROOT
        level, words = _PLACES.get(place, (None, ""))
        if place == TREE and act.place == "" and _whole_tree(path, act.cwd, tree):
            level, words = Level.medium, "the whole working folder"
        elif place == TREE and re.fullmatch(r"(?:.*/)?\.git/?", path):
            level, words = Level.low, "a repository's history"
        elif place == SYSTEM and resolve(path, act.cwd).lower().startswith(
            ("/usr/local/", "/opt/", "/srv/", "/var/www/", "/run/", "/var/log/")
        ):
            level = Level.low
        elif place == HOME and _PRECIOUS.match(resolve(path, act.cwd)):
            level = Level.high
        if level is not None and (worst is None or level > worst.level):
            worst = _effect(act, level, f"deletes {path} ({words}) recursively", path)
    return [worst] if worst else []


def _whole_tree(path: str, cwd: str, tree: str) -> bool:
    folder = re.sub(r"(?:/|^)\.?\*+$", "", path)
    return resolve(folder or ".", cwd or tree) in (resolve(tree), ".") if tree else not cwd and folder.strip("./") == ""


def _files(act: Act, tree: str) -> list[Effect]:
    """Single files: only those a system cannot do without."""
    hit = [
        path
        for path in act.operands()
        if re.match(r"/(?:etc|boot|lib|bin|sbin|usr/bin|usr/lib)/", resolve(path, act.cwd))
    ]
    every = [path for path in act.operands() if path.endswith("*") and place_of(path, tree, act.cwd) == ROOT]
    if every:
        return [_effect(act, Level.high, f"deletes every file of {every[0]}", every[0])]
    return [_effect(act, Level.low, f"deletes {hit[0]}, a file of the system", hit[0])] if hit else []


def _find(act: Act, tree: str) -> list[Effect]:
    for path in act.operands()[:1]:
        place = place_of(path, tree, act.cwd)
        if place in _PLACES and place != SCRATCH:
            level, words = _PLACES[place]
            narrow = any(arg in ("-name", "-iname", "-path", "-mtime", "-empty", "-size") for arg in act.args)
            return [
                _effect(act, level.raised(-2 if narrow else 0), f"deletes what it finds below {path} ({words})", path)
            ]
    return []


def _git(act: Act, tree: str) -> list[Effect]:
    words = [arg for arg in act.args if arg[:1] != "-"]
    if "push" in words:
        return _push(act, words[words.index("push") + 1 :])
    if "clean" in words and act.flag("f", "--force"):
        where = act.args[act.args.index("-C") + 1] if "-C" in act.args[:-1] else act.cwd or tree
        place = place_of(where, tree) if where else TREE
        if place in _PLACES:
            return [
                _effect(
                    act,
                    _PLACES[place][0].raised(-1),
                    f"deletes every untracked file in {where} ({_PLACES[place][1]})",
                    where,
                    "clean",
                )
            ]
    return []


def _push(act: Act, words: list[str]) -> list[Effect]:
    """A push that overwrites or deletes a branch others build on."""
    leased = any(arg.startswith("--force-with-lease") or arg == "--force-if-includes" for arg in act.args)
    forced = act.flag("f", "--force") and not (leased and "--force" not in act.args)
    branches = words[1:]
    if "--mirror" in act.args:
        return [
            _effect(
                act, Level.high, "replaces every branch of the remote", words[0] if words else "the remote", "mirror"
            )
        ]
    for branch in branches:
        plus, _, target = branch.removeprefix("+").rpartition(":")
        deletes = act.flag("d", "--delete") or (":" in branch and not plus)
        if not _MAIN.fullmatch(target) or not (deletes or forced or leased or branch[:1] == "+"):
            continue
        if deletes:
            return [_effect(act, Level.high, f"deletes the branch {target} of the remote", target, f"delete {target}")]
        level = Level.medium if leased and not forced and branch[:1] != "+" else Level.high
        return [
            _effect(
                act,
                level,
                f"overwrites the branch {target} of the remote",
                "force push",
                "force-push",
                "push --force",
                "overwrite",
            )
        ]
    if forced and not branches:
        return [
            _effect(
                act,
                Level.informational,
                "overwrites the current branch of the remote",
                "force push",
                "force-push",
                "--force",
            )
        ]
    return []


def _device(act: Act) -> list[Effect]:
    target = ""
    if act.name == "dd":
        target = next((arg[3:] for arg in act.args if arg.startswith("of=") and _DEVICE.match(arg[3:])), "")
    elif act.name.startswith("mkfs") or act.name in (
        "wipefs",
        "sgdisk",
        "blkdiscard",
        "mke2fs",
        "mkswap",
        "sfdisk",
        "hdparm",
    ):
        target = next((arg for arg in act.args if _DEVICE.match(arg)), "")
        if act.name == "sgdisk" and not act.flag("Zo", "--zap-all"):
            target = ""
    elif act.name == "diskutil" and {"eraseDisk", "eraseVolume", "zeroDisk", "secureErase"} & set(act.args):
        target = act.args[-1]
    for redirect in act.redirects:
        if redirect.op[:1] == ">" and _DEVICE.match(redirect.target.text):
            target = redirect.target.text
    if not target:
        return []
    level = Level.medium if "/loop" in target else Level.critical
    return [_effect(act, level, f"overwrites the device {target}", target, "format", "flash")]


def _infra(act: Act) -> list[Effect]:
    words = {arg.lower() for arg in act.args}
    for program, needs, what in _INFRA:
        if act.name != program or {"--dry-run", "--dryrun", "--dry-run=client", "--help", "-h"} & words:
            continue
        for need in needs:
            if set(need) <= words:
                line = " ".join(act.args)
                level = Level.high if _PROD.search(line) or (program == "gh") else Level.medium
                target = next((arg for arg in reversed(act.args) if arg[:1] != "-" and arg not in need), program)
                return [_effect(act, level, f"{what} ({program} {' '.join(need)})".replace(" )", ")"), target, *need)]
    return []


def places_written(act: Act) -> list[str]:
    """Paths an act writes to through a redirection or as its destination."""
    found = [one.target.text for one in act.redirects if one.op in (">", ">>", ">|", "&>", "&>>", "<>")]
    operands = act.operands()
    if act.name == "tee":
        found += operands
    elif act.name in ("cp", "mv", "install", "ln", "rsync", "scp") and len(operands) > 1:
        found.append(operands[-1])
    elif act.name == "dd":
        found += [arg[3:] for arg in act.args if arg.startswith("of=")]
    elif act.name == "sed" and act.flag("i", "--in-place"):
        found += operands[1:]
    elif act.name in ("touch", "truncate"):
        found += act.operands("s")
    return [path for path in found if path and not path.isdigit() and path != "-"]
