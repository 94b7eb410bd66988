"""Values that are odd in one way or another, and the words of the languages that are read."""

EDGES = (
    "0001-01-01", "0000-01-01", "9999-12-31", "2024-02-30", "2026-13-01", "12026-01-01", "2026-1-1",
    "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2026-03-08T02:30", "2026-03-31T24:00",
    "2026-03-31T09:00:60Z", "2026-03-31T09:00:00.123456789+23:59", "20260331", "2026-W14-2", "now",
    "9999 years", "0 days", "1 month", "99999 days", "12 fortnights", "-3 weeks", "12months",
    "0%", "100%", "0.01%", "9999.99%", "5 %", "-5%", "unlimited", "999999999", "1000000000",
)  # fmt: skip
NUMBERS = (
    "0", "-0", "-1", "1", "00042", "3650", "3651", "2147483648", "9223372036854775807",
    "18446744073709551616", "-9223372036854775809", "9" * 400, "1e999", "NaN", ".inf", "0x10", "1_000",
    "1.5", "٣", "²", "½",
)  # fmt: skip
TEXTS = (
    "", " ", "~", "null", "yes", "NO", "true", "True", "false", "<<", "=", "-", "?", ":", "*", "**", "?*",
    "[a-", "[!a]*", "*a*a*a*a*a*a*a*a*a*a*a*a*b", "a" * 64, "x" * 70_000, "e\u0301", "\u00e9", "\u202eevil",
    "\u200b", "\ufeff", "\u2028", "\x85", "\u0378", "\ud7ff", "\U0010ffff", "\U0001f469\u200d\U0001f373",
    "a b", "a\nb", "a\tb", "a\\b", "a'b", 'a"b', "a/b/c", "{{x}}", "{x!r}", "%s%n", "${HOME}", "$(id)",
    "[red]x[/red]", "[/]", "\x1b[31m", "<script>", "\r", "ﬁ", "İ", "ß",
)  # fmt: skip
NAMES = (
    "course/", "module/", "course/x", "module/x", "/", "automation.knives", "automation.", "role.cook",
    "assignment.x", "everyone", "trainees", "group", "tenure", "hire_date", "location", "E1", "region",
    "knives", "south", "kitchen", "course/knife-safety", "course/fire-safety", "module/onboarding",
)  # fmt: skip
SETTINGS = (
    "utf-16", "utf_8_sig", "idna", "rot13", "zlib", "punycode", "unicode_escape", "undefined", "mbcs", "cp037",
    "%Y-%m-%d", "%d%m%y", "%F", "%Y%m%d%H%z", "%Y %m %d %Q", "%", "%y-%b-%e", "Asia/Kathmandu", "Etc/GMT+12",
    "Pacific/Apia", "America", "posixrules", "../../etc/passwd", "UTC\0", "localtime", ".", "..", "/",
    "/dev/null", "/dev/stdin", "/proc/self/mem", "n" * 300, "~", "policies/../policies", "a/b/c.csv", "file\nname",
    "sqlite:///", "sqlite:///:memory:", "sqlite:///a?mode=memory", "sqlite://x/y", "mysql://x/y", "${NOT_SET}",
    "postgresql:///x?host=/none", "postgres://", "csv", "parquet", "export", "local", ";", "\t", "|", "||",
)  # fmt: skip
ODD = (*EDGES, *NUMBERS, *TEXTS, *NAMES, *SETTINGS)
MARKS = "\t\r\n\0 :-?[]{}#&*!|>'\"%@`,\\\u00a0\u2028\ufeff\x7f\x80\xa0\ue000"
