"""steal_state: a copy of an agent's state directory, taken as a thief takes it: from under a program that may be writing."""
import contextlib
import shutil


def steal_state(site, name):
    """Returns where the copy lies; a file that has gone in the moment of copying is not in it, and sockets are not."""
    def copy(source, target):
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(source, target)
    stolen = site.root / name
    shutil.rmtree(stolen, ignore_errors=True)
    shutil.copytree(site.agent_dir, stolen, copy_function=copy, ignore=lambda d, names: [n for n in names if n.endswith(".sock")])
    return stolen
