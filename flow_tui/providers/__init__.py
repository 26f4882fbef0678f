"""Item providers for ``foreach``."""
