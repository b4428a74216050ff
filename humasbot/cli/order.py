"""Every command, by what a person wants to do: the order of the help, each command's module and its two helps."""

Command = tuple[str, str, str]
"""The module below ``humasbot.cli`` that holds the command, its help in Indonesian and in English."""

SECTIONS: tuple[tuple[tuple[str, str], dict[str, Command]], ...] = (
    (
        ("Memulai", "To begin"),
        {
            "demo": ("demo", "Kantor contoh, tanpa jaringan", "An example office, without network"),
            "init": ("start", "Buat humasbot.toml dan .env.example", "Write humasbot.toml and .env.example"),
            "connect": ("connecting", "Hubungkan sebuah akun", "Connect an account"),
            "check": ("checking", "Periksa semuanya, sebaris satu", "Check everything, one line each"),
        },
    ),
    (
        ("Setiap hari", "Every day"),
        {
            "announce": (
                "announcing",
                "Umumkan satu halaman ke semua akun",
                "Announce one page on every account",
            ),
            "import": (
                "importing",
                "Ambil rencana sebulan dari CSV atau XLSX",
                "Take a month's plan from CSV or XLSX",
            ),
            "preview": ("previewing", "Lihat teks dan kartu kampanye", "See a campaign's text and cards"),
            "posts": ("lists", "Kiriman", "Posts"),
            "approve": ("deciding", "Setujui kiriman", "Approve a post"),
            "cancel": ("deciding", "Batalkan yang belum terkirim", "Cancel what is not sent yet"),
            "correct": ("correcting", "Ralat kiriman yang sudah tampil", "Correct a post that is public"),
            "withdraw": ("correcting", "Tarik kiriman yang sudah tampil", "Take back a post that is public"),
            "proposals": (
                "proposals",
                "Usul koreksi: yang berubah di situs sesudah diumumkan",
                "Corrections to decide: what changed on the site after it was said",
            ),
        },
    ),
    (
        ("Hari besar", "Days"),
        {
            "calendar": ("calendar", "Hari besar setahun", "The observances of a year"),
            "agenda": (
                "agenda",
                "Acara dari kalender, dan isian laporannya",
                "The events of the calendar, and what their reports need",
            ),
            "gates": ("gating", "Hari yang menunggu keputusan", "Days that wait for a decision"),
            "gate": (
                "gating",
                "Tetapkan atau geser tanggal hari besar",
                "Confirm or shift the day of an observance",
            ),
            "mourning": (
                "gating",
                "Masa berkabung: bekukan yang meriah",
                "A time of mourning: freeze what is festive",
            ),
            "frozen": (
                "gating",
                "Yang ditahan; lepaskan atau batalkan",
                "What is held back; release or drop it",
            ),
        },
    ),
    (
        ("Teks dan kartu", "Texts and cards"),
        {
            "templates": ("templating", "Templat; salin untuk diubah", "Templates; copy one to change it"),
            "cards": ("cards", "Kartu: galeri, gambar, periksa", "Cards: gallery, draw, check"),
            "lint": ("linting", "Periksa teks sebelum terbit", "Check a text before it goes out"),
        },
    ),
    (
        ("Melihat", "To look"),
        {
            "deliveries": ("lists", "Pengiriman dan riwayatnya", "Deliveries and their history"),
            "accounts": ("having", "Akun; lanjutkan yang dijeda", "Accounts; resume a paused one"),
            "quota": ("quotas", "Jatah dan biaya tiap akun", "Quota and cost of every account"),
            "campaigns": ("having", "Kampanye", "Campaigns"),
            "sources": ("having", "Sumber berita", "Sources"),
            "source": ("detecting", "Kenali jenis sebuah situs", "Find out what kind of site it is"),
            "articles": (
                "lists",
                "Berita yang sudah dibaca; lepaskan yang ditahan",
                "Articles; release a held one",
            ),
            "subscribers": (
                "subscribing",
                "Pelanggan surel dan WhatsApp, dengan persetujuannya",
                "Subscribers by e-mail and WhatsApp, with their consent",
            ),
            "platforms": ("having", "Platform dan batasnya", "Platforms and their limits"),
        },
    ),
    (
        ("Bila ada masalah", "When something is wrong"),
        {
            "alerts": ("alerting", "Yang menunggu perhatian orang", "What waits for a person"),
            "resolve": ("deciding", "Putuskan pengiriman yang belum pasti", "Settle an uncertain delivery"),
            "freeze": ("stopping", "Hentikan semua kiriman sekarang", "Stop all sending now"),
            "unfreeze": ("stopping", "Lepaskan pembekuan", "Lift a freeze"),
            "revoke": (
                "stopping",
                "Cabut kredensial sebuah akun sekarang",
                "Forget an account's credential now",
            ),
            "audit": (
                "auditing",
                "Jejak audit: periksa, baca, ekspor",
                "The audit trail: check, read, export",
            ),
        },
    ),
    (
        ("Menjalankan", "To run it"),
        {
            "daemon": ("running", "Jalankan terus-menerus", "Run for ever"),
            "web": ("webbing", "Halaman web: menyetujui lewat ponsel", "The web page: approving on a phone"),
            "run": ("running", "Kerjakan sekali semua yang jatuh tempo", "Do once whatever is due"),
            "health": ("running", "Apakah daemon hidup dan bekerja", "Whether the daemon lives and works"),
            "upgrade": (
                "backing",
                "Siapkan basis data untuk versi ini",
                "Prepare the database for this version",
            ),
            "backup": ("backing", "Cadangkan semuanya ke satu berkas", "Back everything up into one file"),
            "restore": (
                "backing",
                "Pulihkan dari cadangan tanpa kirim ganda",
                "Restore a backup without sending twice",
            ),
            "export": (
                "backing",
                "Arsip kiriman untuk dokumen negara",
                "An archive of what was said, for the records",
            ),
            "secrets": ("connecting", "Rahasia terenkripsi dan kuncinya", "Encrypted secrets and their key"),
            "worker": (
                "fleet",
                "Satu peran armada: publish, schedule, ingest",
                "One role of a fleet: publish, schedule, ingest",
            ),
            "fleet": (
                "fleet",
                "Armada: instansi dan akun dari CSV",
                "A fleet: agencies and accounts from CSV",
            ),
        },
    ),
)

COMMANDS: dict[str, Command] = {name: command for _, names in SECTIONS for name, command in names.items()}
