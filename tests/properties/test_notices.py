"""Messages: how a text is cut for phones, what an address is, and what countries declare."""

import itertools
import string
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dinh.app.messages import namings, senders
from dinh.kernel import country, events, ids
from dinh.kernel.errors import BadContent
from dinh.kernel.settings import Settings
from dinh.notices import Smtp, check, definitions_of, relay
from dinh.notices.contacts.rules import email, phone
from dinh.notices.definitions import Definition, PhonePlan, channel_plan, chosen, facts, fitting
from dinh.notices.delivery import rules
from dinh.notices.delivery.mail import WIRE
from dinh.notices.outbox import Letter
from dinh.notices.outbox.rules import wait_after

COUNTRIES = Path(__file__).resolve().parents[2] / "countries"
KNOWN = [country.load(COUNTRIES, code) for code in ("vn", "example")]
# 3GPP TS 23.038, table 1, without the escape; table 2 is the escaped letters.
TABLE_1 = (
    "@£$¥èéùìòÇ\nØø\rÅå" "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ" " !\"#¤%&'()*+,-./" "0123456789:;<=>?" "¡ABCDEFGHIJKLMNO" "PQRSTUVWXYZÄÖÑÜ§" "¿abcdefghijklmno" "pqrstuvwxyzäöñüà"
)  # fmt: skip
TABLE_2 = "\f^{}\\[~]|€"
GSM = st.text(st.sampled_from(TABLE_1 + TABLE_2), max_size=700)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
# A busy machine is no fault of the law.
RELAXED = settings(deadline=None, max_examples=60)
PHONE = PhonePlan("84", "0", "[35789][0-9]{8}", "")


def septets(text: str) -> int:
    return sum(2 if letter in TABLE_2 else 1 for letter in text)


def units(text: str) -> int:
    return len(text.encode("utf-16-be")) // 2


@RELAXED
@given(GSM)
def test_the_gsm_alphabet_is_cut_at_160_and_153(text: str) -> None:
    found = rules.parts(text)
    assert found.encoding == "gsm7"
    _check(text, found.texts, septets, 160, 153)


@RELAXED
@given(ANY.filter(lambda text: any(letter not in TABLE_1 + TABLE_2 for letter in text)))
def test_everything_else_is_cut_at_70_and_67(text: str) -> None:
    found = rules.parts(text)
    assert found.encoding == "ucs2"
    _check(text, found.texts, units, 70, 67)


def _check(text: str, parts: list[str], size: Any, alone: int, joined: int) -> None:
    """Nothing is lost, no part is too long, and none could take the first letter of the next."""
    assert "".join(parts) == text
    if size(text) <= alone:
        assert len(parts) == 1
        return
    assert len(parts) > 1
    assert all(0 < size(part) <= joined for part in parts)
    assert all(size(part + following[0]) > joined for part, following in itertools.pairwise(parts))


@pytest.mark.parametrize(
    ("text", "encoding", "count"),
    [("a" * 160, "gsm7", 1), ("a" * 161, "gsm7", 2), ("€" * 80, "gsm7", 1), ("€" * 81, "gsm7", 2), ("ê" * 70, "ucs2", 1), ("ê" * 71, "ucs2", 2),
     ("😀" * 35, "ucs2", 1), ("😀" * 36, "ucs2", 2), ("", "gsm7", 1)],
)  # fmt: skip
def test_known_lengths(text: str, encoding: str, count: int) -> None:
    found = rules.parts(text)
    assert (found.encoding, len(found.texts)) == (encoding, count)


@RELAXED
@given(st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyAĂÂĐÊÔƠƯàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ –’0123456789.,:"))
def test_vietnamese_without_marks_keeps_to_the_long_alphabet(text: str) -> None:
    plain = rules.unmarked(text)
    assert plain.isascii()
    assert rules.unmarked(plain) == plain
    assert rules.encoding(plain) == "gsm7"


def test_marks_are_left_out_as_people_expect() -> None:
    assert rules.unmarked("Hồ sơ Đặng Thị Ngưỡng – đã tiếp nhận") == "Ho so Dang Thi Nguong - da tiep nhan"


# Countries


def samples(known: country.Country) -> dict[str, str]:
    return {
        "case": "H24.31.168-261123-0001",
        "at": "23/11/2026, 15:12",
        "procedure": "x" * 60,
        "due_on": "thứ Hai, 23/11/2026",
        "promised_on": "thứ Hai, 23/11/2026",
    }


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.code)
def test_notices_of_a_country_can_be_used(known: country.Country) -> None:
    check(known, namings(known))
    assert definitions_of(known)


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.code)
def test_notices_name_events_and_fields_that_exist(known: country.Country) -> None:
    kinds = events.registered()
    for definition in definitions_of(known).values():
        fields = set(kinds[definition.event].__struct_fields__)
        assert {definition.person, *definition.where, *definition.shows} <= fields, definition.code


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.code)
def test_an_sms_is_one_segment_and_names_nobody(known: country.Country) -> None:
    plan = channel_plan(known)
    for definition in definitions_of(known).values():
        for language, words in definition.sms.items():
            gaps = {name for _, name, _, _ in string.Formatter().parse(words) if name}
            text = words.format(**samples(known), portal=known.portal.title[language])
            found = rules.parts(rules.unmarked(text) if plan.sms.unmarked else text)
            assert len(found.texts) == 1, (definition.code, language, len(text))
            assert gaps <= {"case", "due_on", "promised_on", "portal"}, definition.code
            assert "://" not in words


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": {"en": "{name}"}}, "title.en"),
        ({"sms": {"en": "{number}"}}, "sms.en"),
        ({"link": "https://elsewhere.example/"}, "link"),
        ({"link": "/cases/{secret}"}, "link"),
        ({"channels": ["sms"], "sms": {}}, "sms"),
        ({"shows": {"procedure": "unknown"}}, "shows.procedure"),
        ({"changed": "due_on"}, "changed"),
        ({"new": "due_on"}, "new"),
    ],
)
def test_bite_unusable_notices(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    known = country.load(COUNTRIES, "example")
    content = {"code": "a", "event": "cases:application:progressed", "title": {"en": "A"}, "text": {"en": "B"}} | changes
    (tmp_path / "notices").mkdir()
    (tmp_path / "notices" / "a.yaml").write_text(yaml.safe_dump(msgspec.to_builtins({"notices": [content]})))
    (tmp_path / "channels.yaml").write_text((COUNTRIES / "example" / "channels.yaml").read_text())
    known.folder = tmp_path
    with pytest.raises(BadContent) as refusal:
        check(known, namings(KNOWN[1]))
    assert refusal.value.field == f"a.{said}"


# Which notice

RECEIVED = Definition("received", "a:b:c", {}, {}, where={"first": "true"}, shows={"due_on": "day"})
PROMISED = Definition("promised", "a:b:c", {}, {}, new="promised_on", shows={"promised_on": "day"})
NEW_DAY = Definition("new_day", "a:b:c", {}, {}, changed="due_on", shows={"due_on": "day"})


@pytest.mark.parametrize(
    ("payload", "told", "made"),
    [
        ({"first": True, "due_on": "2026-12-01"}, {}, "received"),
        ({"first": False, "due_on": "2026-12-01"}, {"due_on": "2026-12-01"}, None),
        ({"first": False, "due_on": "2026-12-04"}, {"due_on": "2026-12-01"}, "new_day"),
        ({"first": False, "due_on": "2026-12-04"}, {}, None),
        ({"first": True, "due_on": "2026-12-04"}, {"due_on": "2026-12-01"}, "received"),
        ({"first": False, "due_on": "2026-12-01", "promised_on": "2026-12-09"}, {"due_on": "2026-12-01"}, "promised"),
        ({"first": False, "due_on": "2026-12-01", "promised_on": "2026-12-09"}, {"due_on": "2026-12-01", "promised_on": "2026-12-09"}, None),
        ({"first": False, "due_on": "2026-12-01", "promised_on": None}, {"due_on": "2026-12-01", "promised_on": "2026-12-09"}, None),
    ],
)
def test_a_new_day_is_news_only_to_who_was_told_another(payload: dict[str, Any], told: dict[str, str], made: str | None) -> None:
    found = chosen(fitting([RECEIVED, PROMISED, NEW_DAY], "a:b:c", payload), payload, told)
    assert (found.code if found else None) == made
    assert found is None or facts(found, payload) == {name: payload[name] for name in found.shows}


# Addresses


@pytest.mark.parametrize(("typed", "address"), [(" Mai.Anh+a@Mail.Example.VN ", "Mai.Anh+a@mail.example.vn"), ("a@b.co", "a@b.co")])
def test_addresses_are_read(typed: str, address: str) -> None:
    assert email(typed) == address


@pytest.mark.parametrize(
    "typed",
    ["", "a", "a@b", "a b@c.vn", "a@b.c\r\nBcc: x@y.vn", "a@b.vn, c@d.vn", "<a@b.vn>", "a@@b.vn", "a@-b.vn", ".a@b.vn", "mẹ@b.vn", "a@b.vn\n", f"{'a' * 65}@b.vn",
     f"a@{'b' * 250}.vn", '"a b"@c.vn', "a@[127.0.0.1]"],
)  # fmt: skip
def test_what_is_no_address_is_not_taken(typed: str) -> None:
    assert email(typed) in {None, typed.strip() if typed.endswith("\n") and typed.count("\n") == 1 and "\r" not in typed else None}


@pytest.mark.parametrize("typed", ["0912 345 678", "+84 912.345.678", "0084912345678", "(091) 2345678"])
def test_numbers_become_one_shape(typed: str) -> None:
    assert phone(typed, PHONE) == "+84912345678"


@pytest.mark.parametrize("typed", ["", "912345678", "0112345678", "091234567", "+1 912 345 678", "09123456789", "٠٩١٢٣٤٥٦٧٨", "0912345678; rm"])
def test_what_is_no_number_is_not_taken(typed: str) -> None:
    assert phone(typed, PHONE) is None


# Sending


def test_waiting_grows_and_stops_growing() -> None:
    waits = [wait_after(attempts) for attempts in range(1, 40)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(seconds=15), timedelta(hours=1))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"smtp_url": "http://mail.example"}, "DINH_SMTP_URL"),
        ({"smtp_url": "smtp://mail.example?tls=perhaps"}, "DINH_SMTP_URL"),
        ({"smtp_url": "smtp://u:p@mail.example?tls=none"}, "DINH_SMTP_URL"),
        ({"smtp_url": "smtp://mail.example:port"}, "DINH_SMTP_URL"),
        ({"smtp_url": "smtp://mail.example?ca=/no/such/file", "mail_from": "a@b.vn"}, "DINH_SMTP_URL"),
        ({"smtp_url": "smtp://mail.example"}, "DINH_MAIL_FROM"),
        ({"smtp_url": "smtp://mail.example", "mail_from": "nobody"}, "DINH_MAIL_FROM"),
        ({"sms_url": "gateway"}, "DINH_SMS_URL"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(RuntimeError, match=said):
        senders(Settings(**changes))


def test_without_settings_nothing_is_offered() -> None:
    assert senders(Settings()).offered == []
    assert senders(Settings(smtp_url="smtp://localhost", mail_from="a@b.vn", sms_url="https://sms.example/send")).offered == ["email", "sms"]


def _letter(subject: str, text: str) -> Letter:
    return Letter(
        id=ids.new_id(), to="a@b.vn", language="vi", subject=subject, text=text, html="<p>x</p>", made_at=datetime(2026, 11, 23, tzinfo=UTC),
        leave="https://portal.example/notices/leave/" + "a" * 43,
    )  # fmt: skip


@RELAXED
@given(st.text(max_size=80), st.text(max_size=300))
def test_no_word_of_a_letter_becomes_a_header(subject: str, text: str) -> None:
    letter = _letter(subject, text)
    written = Smtp(relay("smtp://localhost?tls=none"), "Cổng <no-reply@b.vn>").written(letter)
    read = message_from_bytes(written.as_bytes(policy=WIRE), policy=policy.default)
    assert set(read.keys()) <= {
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language", "List-Unsubscribe", "List-Unsubscribe-Post",
        "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert read["to"] == "a@b.vn"
    assert max(len(line) for line in written.as_bytes(policy=WIRE).split(b"\r\n")) <= 998
    assert read["from"].addresses[0].display_name == "Cổng"
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]


@RELAXED
@given(st.text(st.sampled_from("aăâđêôơưệ H24.168-0001 "), min_size=1, max_size=200))
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    """Where a long one is broken nothing gets lost, blanks between marked words included."""
    written = Smtp(relay("smtp://localhost?tls=none"), "a@b.vn").written(_letter(subject, "x"))
    read = message_from_bytes(written.as_bytes(policy=WIRE), policy=policy.default)
    assert read["subject"] == " ".join(subject.split())
