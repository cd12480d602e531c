"""Wardwatch's processes, one package each."""

import gc
import os
import sys

# onnxruntime 1.32 reports to its maker over the Internet unless this is set before it is imported. Nothing of a
# hospital leaves the hospital.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# When numpy is imported its OpenBLAS starts a thread for each further core, which runs idle for a tenth of a second to
# be at hand: half of the import, and again behind each large product. Cores are for other services; whoever reckons on
# a machine of their own says otherwise.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# What a service imports stays, so nothing of it is looked through for garbage: a tenth of its start. The collector goes
# on with the service's own code (chassis/process.py).
if sys.orig_argv[-2:-1] == ["-m"] and sys.orig_argv[-1].count(".") == 1:
    gc.disable()
