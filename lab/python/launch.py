#!/usr/bin/python3
"""launch.py PROGRAM MODULE[:FUNCTION] [ARGS]: runs an OpenStack entry point, MODULE's main() or another, under the name PROGRAM.

Debian's daemon packages are not needed for this: the python3-* packages hold the code.
For Nova the lab's own drivers are put where it looks for drivers, below nova.virt.
"""
import importlib
import os
import sys

program, place = sys.argv[1:3]
module, _, function = place.partition(":")
sys.argv = [program] + sys.argv[3:]
# First of all: the package of the commands does eventlet's monkey patching.
entry = importlib.import_module(module)
if module == "nova.cmd.compute":
    import nova.virt

    nova.virt.__path__.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "drivers", "nova_virt"))
sys.exit(getattr(entry, function or "main")())
