"""Where announcements already stand: websites, feeds, exports. Each kind of source is one file."""
