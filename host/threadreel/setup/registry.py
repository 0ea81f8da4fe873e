"""The current user's part of the Windows registry, as far as setup needs it: default values of keys.

Browsers on Windows look up a host in ``HKEY_CURRENT_USER`` first, where no administrator is needed.
"""

from __future__ import annotations

import sys
from typing import Protocol


class Registry(Protocol):
    """Keys below ``HKEY_CURRENT_USER``, named with backslashes. Every method may raise OSError."""

    def read(self, key: str) -> str | None:
        """The default value of ``key``; None where key or value is missing."""

    def has(self, key: str) -> bool:
        """Whether ``key`` is there."""

    def is_empty(self, key: str) -> bool:
        """Whether ``key`` holds neither values nor keys."""

    def write(self, key: str, value: str) -> None:
        """Make ``key`` and those above it, and set its default value."""

    def delete(self, key: str) -> None:
        """Remove ``key``, which holds no other key."""


def parent_key(key: str) -> str:
    """The key that holds ``key``; empty at the top."""
    return key.rpartition("\\")[0]


if sys.platform == "win32":
    import winreg

    class WindowsRegistry:
        """The real one."""

        def read(self, key: str) -> str | None:
            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as handle:
                    value, _ = winreg.QueryValueEx(handle, "")
            except FileNotFoundError:
                return None
            return value if isinstance(value, str) else None

        def has(self, key: str) -> bool:
            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key):
                    return True
            except FileNotFoundError:
                return False

        def is_empty(self, key: str) -> bool:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as handle:
                keys, values, _ = winreg.QueryInfoKey(handle)
            return keys == 0 and values == 0

        def write(self, key: str, value: str) -> None:
            with winreg.CreateKeyEx(winreg.HKEY_CURRENT_USER, key, 0, winreg.KEY_WRITE) as handle:
                winreg.SetValueEx(handle, "", 0, winreg.REG_SZ, value)

        def delete(self, key: str) -> None:
            winreg.DeleteKey(winreg.HKEY_CURRENT_USER, key)

    def users_registry() -> Registry | None:
        """The registry of the current user."""
        return WindowsRegistry()

else:

    def users_registry() -> Registry | None:
        """None: only Windows has a registry."""
        return None
