"""Disk: a block device of its own (ext4 on a loop device) under a directory, whose power can be cut."""
import pathlib
import shutil
import subprocess


class Disk:
    def __init__(self, image, point, mebibytes=32):
        self.image, self.point, self.cuts = pathlib.Path(image), pathlib.Path(point), 0
        with self.image.open("wb") as file:
            file.truncate(mebibytes << 20)
        run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0", str(self.image))
        self.mount()

    def mount(self):
        run("mount", "-o", "loop", str(self.image), str(self.point))

    def cut(self):
        """The device as it is at this moment, with nothing more written to it, takes its own place: its journal is replayed as
        after a power cut. Gives the image as it was, to be searched raw. Whoever wrote to it is dead already."""
        self.cuts += 1
        before = self.image.with_name(f"{self.image.name}.{self.cuts}")
        shutil.copyfile(self.image, before)
        run("umount", "-l", str(self.point))
        again = self.image.with_name(f"{self.image.name}.{self.cuts}.again")
        shutil.copyfile(before, again)
        self.image = again
        self.mount()
        return before

    def close(self):
        subprocess.run(["umount", "-l", str(self.point)], check=False)


def run(*words):
    subprocess.run(words, check=True, capture_output=True, timeout=60)
