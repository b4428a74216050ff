"""The same card drawn by other programs, to compare speeds in one run.

Each is used where it is found and skipped with a reason where it is not:

- Chromium: ``chromium`` or ``google-chrome`` on the PATH (Debian: ``chromium``);
- satori + resvg-js: ``npm install satori @resvg/resvg-js`` here, or in the folder that HUMASBOT_RIVALS_NODE names;
- PicTex: importable by this Python, or by the one that HUMASBOT_RIVALS_PYTHON names (``pip install pictex pillow``).
"""
