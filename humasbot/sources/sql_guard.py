"""Whether a text is one SELECT and nothing else. What could be read in two ways is refused.

The first of two locks: the second is the database itself, which is opened for reading only (``sql.py``).
"""

import re

from humasbot.words import t

LONGEST = 20_000
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\[[^\]\n]{0,128}\]")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_WORDS = (
    r"insert|update|delete|merge|upsert|drop|alter|create|truncate|grant|revoke|call|exec|execute|do"
    r"|copy|load|into|attach|detach|pragma|vacuum|reindex|set|lock|unlock|handler|rename|analyze"
    r"|listen|notify|prepare|deallocate|declare|begin|commit|rollback|savepoint|shutdown|kill|outfile"
    r"|dumpfile|procedure|replace|share"
)
_FUNCTIONS = (
    r"load_file|load_extension|readfile|writefile|fts3_tokenizer|sleep|benchmark|get_lock|release_lock"
    r"|pg_sleep|pg_sleep_for|pg_sleep_until|pg_read_file|pg_read_binary_file|pg_ls_dir|pg_stat_file"
    r"|pg_terminate_backend|pg_cancel_backend|pg_reload_conf|lo_import|lo_export|lo_create|lo_unlink"
    r"|lo_put|lo_from_bytea|dblink|dblink_exec|dblink_connect|set_config|nextval|setval|query_to_xml"
    r"|table_to_xml|database_to_xml|pg_advisory_lock|pg_advisory_xact_lock|pg_notify"
    r"|pg_logical_emit_message|xp_cmdshell|sys_exec|sys_eval|openrowset"
)
_FORBIDDEN = re.compile(rf"\b({_WORDS})\b(\s*\()?", re.IGNORECASE)
_DANGEROUS = re.compile(rf"\b({_FUNCTIONS})\s*\(", re.IGNORECASE)


def fault_of(query: str) -> str:
    """What is wrong with *query*, as a phrase for a person; ``""`` for a single SELECT that only reads."""
    text = query.strip()
    if not text or len(text) > LONGEST:
        return t("kosong atau terlalu panjang", "empty or too long")
    for sign, name in (
        ("\\", "\\"),
        ("$$", "$$"),
        ("/*!", "/*!"),
        ("/*+", "/*+"),
        ("\x00", "NUL"),
        ("#", "#"),
    ):
        if sign in text:
            return t("tidak boleh memuat {s}", "must not hold {s}", s=name)
    if re.search(r"\$\w*\$", text):
        return t("tidak boleh memuat {s}", "must not hold {s}", s="$…$")
    bare = _bare(text)
    if bare is None:
        return t("tanda kutip atau komentar tidak ditutup", "a quotation mark or comment is not closed")
    bare = bare.rstrip().removesuffix(";").strip()
    if ";" in bare:
        return t("hanya boleh satu pernyataan", "must be one statement only")
    if not re.match(r"(?:select|with)\b", bare, re.IGNORECASE):
        return t("harus diawali SELECT", "must begin with SELECT")
    for found in _FORBIDDEN.finditer(bare):
        # replace(text, …) is a function that only reads.
        if not (found[1].lower() == "replace" and found[2]):
            return t("tidak boleh memuat {s}", "must not hold {s}", s=found[1].upper())
    if dangerous := _DANGEROUS.search(bare):
        return t("tidak boleh memakai {s}()", "must not use {s}()", s=dangerous[1])
    if re.search(r"\bfor\s+(?:no\s+key\s+)?(?:update|key|share)\b", bare, re.IGNORECASE):
        return t("tidak boleh mengunci baris", "must not lock rows")
    if re.match(r"with\b", bare, re.IGNORECASE) and not re.search(r"\bselect\b", bare, re.IGNORECASE):
        return t("harus berupa SELECT", "must be a SELECT")
    return ""


def _bare(text: str) -> str | None:
    """*text* with each quotation and comment as one blank; ``None`` when one is not closed."""
    out, place = [], 0
    token = re.compile(f"{_QUOTED.pattern}|{_COMMENT.pattern}|['\"`]|/\\*", re.DOTALL)
    for found in token.finditer(text):
        if found[0] in ("'", '"', "`", "/*"):
            return None
        out += [text[place : found.start()], " x " if found[0][0] in "'\"`[" else " "]
        place = found.end()
    return "".join((*out, text[place:]))
