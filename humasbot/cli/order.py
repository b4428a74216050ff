"""In which order the commands are shown: by what a person wants to do."""

SECTIONS: tuple[tuple[tuple[str, str], tuple[str, ...]], ...] = (
    (("Memulai", "To begin"), ("demo", "init", "connect", "check")),
    (
        ("Setiap hari", "Every day"),
        ("announce", "import", "preview", "posts", "approve", "cancel", "correct", "withdraw", "proposals"),
    ),
    (("Hari besar", "Days"), ("calendar", "agenda", "gates", "gate", "mourning", "frozen")),
    (("Teks dan kartu", "Texts and cards"), ("templates", "cards", "lint")),
    (
        ("Melihat", "To look"),
        (
            "deliveries",
            "accounts",
            "quota",
            "campaigns",
            "sources",
            "source",
            "articles",
            "subscribers",
            "platforms",
        ),
    ),
    (
        ("Bila ada masalah", "When something is wrong"),
        ("alerts", "resolve", "freeze", "unfreeze", "revoke", "audit"),
    ),
    (
        ("Menjalankan", "To run it"),
        (
            "daemon",
            "web",
            "run",
            "health",
            "upgrade",
            "backup",
            "restore",
            "export",
            "secrets",
            "worker",
            "fleet",
        ),
    ),
)
