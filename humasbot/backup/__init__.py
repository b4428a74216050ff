"""Backups: everything an office needs to go on, in one file, taken while it works; and the way back, without sending
anything twice."""

from humasbot.backup.archive import Archive, BackupError, Manifest
from humasbot.backup.restoring import Restored, restore
from humasbot.backup.saving import Saved, save

__all__ = ["Archive", "BackupError", "Manifest", "Restored", "Saved", "restore", "save"]
