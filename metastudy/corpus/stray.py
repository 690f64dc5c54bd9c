"""Names of files that editors and desktops leave behind; never data. It needs no library."""

from __future__ import annotations

import re

STRAY = re.compile(r"\..*|.*~|#.*#|Thumbs\.db|desktop\.ini|.*\.sw[op]|.*\.(bak|orig)|~\$.*")
