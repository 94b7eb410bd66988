"""`fmt`: one format, comments kept, and a second time nothing."""

UGLY = """\
# Of the kitchen
automations:
    knives:   # the first
        target:   {role:   cook}
        assign:  'course/knife-safety'
"""


def test_a_formatted_folder_stays_as_it_is(desk):
    before = desk.files()
    for arguments in (("fmt", "--check"), ("fmt",)):
        answer = desk.types(*arguments)
        assert (answer.status, answer.out) == (0, "")
    assert desk.files() == before


def test_check_tells_and_writes_nothing(desk):
    path = desk.write("policies/rules.yaml", UGLY)
    answer = desk.types("fmt", "--check")

    assert answer.status == 2
    assert answer.out.splitlines() == ["policies/rules.yaml"]
    assert path.read_text() == UGLY


def test_round_trip(desk):
    path = desk.write("policies/rules.yaml", UGLY)
    before = desk.types("plan", "--json", "--as-of", "2026-03-02")
    assert desk.types("fmt").status == 0
    text = path.read_text()

    assert "# Of the kitchen" in text
    assert "# the first" in text
    assert desk.types("fmt", "--check").status == 0
    assert desk.types("plan", "--json", "--as-of", "2026-03-02").out == before.out, "D1"


def test_a_file_that_cannot_be_parsed_is_a_finding(desk):
    desk.write("policies/rules.yaml", "automations: [\n")
    answer = desk.types("fmt")
    assert answer.status == 3
    assert answer.err.startswith("policies/rules.yaml:")
