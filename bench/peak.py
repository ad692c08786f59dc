"""Carries a command out and prints the most memory that it had, in kilobytes: `python -m bench.peak COMMAND …`.

Asked for from a process of its own, and a small one: on Linux a program that is started is said to have had as much as
the process that started it (getrusage(2), ru_maxrss), and a whole bench grows to several hundred megabytes.
"""

import resource
import subprocess
import sys

if __name__ == "__main__":
    subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
