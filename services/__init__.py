"""Wardwatch's processes, one package each."""

import os

# onnxruntime 1.32 reports to its maker over the Internet unless this is set before it is imported. Nothing of a
# hospital leaves the hospital.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
