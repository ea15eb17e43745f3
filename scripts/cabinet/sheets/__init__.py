"""The sheets, one file each; each draws itself from a Cabinet."""
