"""Settings: ``demo`` (the embedded default), ``test`` and ``production``, all on top of ``base``."""
