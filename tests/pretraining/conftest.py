"""The tests of this room share `waves`: small cohorts, encoders and batches."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
